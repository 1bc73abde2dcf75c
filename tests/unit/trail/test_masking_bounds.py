from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.trail.masking import mask_record, mask_value
from daemon.trail.secrets import MASK, is_secret_name
from daemon.trail.shapes import mask_shapes

SECRET = "Sup3r-geheim"
BIG = 1_000_000


def masked(value: Any) -> Any:
    return mask_record({"requestParameters": value}, max_bytes=BIG)["requestParameters"]


@pytest.mark.parametrize(
    "value",
    [
        "x" * 5_000_000,
        ["y" * 50_000] * 2_000,
        {f"k{number}": "z" * 500 for number in range(20_000)},
        [[["é" * 1_000] * 50] * 50] * 3,
    ],
    ids=["one text", "a list", "many keys", "nested lists"],
)
def test_any_size_is_brought_under_the_bound(value: Any) -> None:
    record = {"eventID": "e-1", "requestParameters": value}
    shown = mask_record(record, max_bytes=20_000)
    assert len(json.dumps(shown, ensure_ascii=False).encode()) <= 21_000
    assert shown["eventID"] == "e-1"
    assert "more" in json.dumps(shown)


def test_a_records_own_fields_outlast_a_huge_request() -> None:
    record = (
        {"eventVersion": "1"}
        | {f"k{n}": n for n in range(30)}
        | {"requestParameters": ["x" * 99] * 999, "eventID": "e"}
    )
    assert mask_record(record, max_bytes=3_000)["eventID"] == "e"


def test_when_nothing_else_fits_who_and_what_are_kept() -> None:
    identity = {"type": "IAMUser", "userName": "alice", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    record = {"eventID": "e-1", "eventName": "RunInstances", "userIdentity": identity}
    bloated = record | {f"k{n}": {"a": "b" * 64} for n in range(50)}
    assert mask_record(bloated, max_bytes=400) == record | {"[cut]": "50 more"}
    assert mask_record(bloated, max_bytes=60) == {"eventID": "e-1", "eventName": "RunInstances"}


def test_a_secret_at_the_edge_of_a_cut_leaves_no_half() -> None:
    shown = masked({"text": "x" * 16_380 + f" password={SECRET}"})
    assert SECRET[:3] not in json.dumps(shown)


def test_nesting_of_any_depth_is_cut() -> None:
    value: Any = "bottom"
    for _ in range(900):
        value = [value]
    assert "nested deeper" in json.dumps(masked(value))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (1.5, 1.5),
        (10**400, "[a very large number]"),
        ("\ud800", "?"),
        ((1, 2), [1, 2]),
        (b"bytes", "[bytes]"),
        (None, None),
    ],
)
def test_what_no_json_can_hold_becomes_text(value: Any, shown: Any) -> None:
    assert masked(value) == shown


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ-",
        "-eyJ",
        "eyJaaaaaaaaaa.",
        'a="',
        "x=[ ",
        "x: [ ",
        "pwd=[ ",
        "pwd={ ",
        "--x [ ",
        "--pwd [ ",
        'password="\\\\',
        'password=\\\\\\"',
        "://a:b",
        "--a ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN AAAAAAAAAAAAAAAAAAAA",
        "token=",
        "\\",
        "xoxb-",
        "aA1/",
        "token=[",
        "<a>",
        "<pwd>",
        "-u a:",
        "mysql -u ",
        "x-mysql ",
        "sshpass -v ",
        "-sshpass ",
        "docker login ",
        "a.",
        "a ",
    ],
)
def test_no_text_takes_much_longer_to_search_than_an_ordinary_one(piece: str) -> None:
    assert seconds_of_searching(piece) < 8 * seconds_of_searching("key=value, ") + 0.1  # it took 25 times as long


def seconds_of_searching(piece: str) -> float:
    marks = ' pwd="a" eyJ :// mysql -p docker login sshpass .com/ -----BEGIN '
    text = marks + piece * (200_000 // len(piece)) + marks
    started_s = time.process_time()
    mask_shapes(text)
    return time.process_time() - started_s


def hostile_texts(count: int) -> list[str]:
    return [f"pwd {number} {'x=[ ' * 5_000}" for number in range(count)]


@pytest.mark.parametrize(
    "value",
    [
        hostile_texts(200),
        {f"k{number}": text for number, text in enumerate(hostile_texts(200))},
        [f'["{text}"]' for text in hostile_texts(200)],
        [{"password": "x", "a": {"b": {}}} for _ in range(100_000)],
        [json.dumps({"password": list(range(9_000))}) for _ in range(80)],
        [f"pwd='{'x' * 10_000}{number}'" for number in range(400)],
    ],
    ids=["texts", "under keys", "documents", "keys", "secret documents", "masked to nothing"],
)
def test_however_large_a_record_is_masking_it_takes_no_longer_than_its_bound_allows(value: Any) -> None:
    started_s = time.process_time()
    shown = [mask_record({"eventID": "e-1", "requestParameters": value}, max_bytes=65_536) for _ in range(5)]
    assert time.process_time() - started_s < 3  # now a half; of texts it took 8
    assert [one["eventID"] for one in shown] == ["e-1"] * 5


def test_of_what_takes_too_long_to_search_only_who_and_what_are_kept() -> None:
    shown = mask_record(
        {"eventID": "e-1", "requestParameters": [json.dumps({"password": ["x"] * 9_000})] * 80}, max_bytes=2_000
    )
    assert shown == {"eventID": "e-1", "[cut]": "1 more"}


def test_a_text_is_searched_once_however_often_the_record_must_be_cut_harder() -> None:
    text = f"password={SECRET} " + "x" * 20_000
    shown = json.dumps(mask_record({"requestParameters": [f"{n}{text}" for n in range(60)]}, max_bytes=10_000))
    assert "more characters" in shown
    assert f"password={MASK}" in shown
    assert SECRET[:3] not in shown


def test_one_value_is_masked_by_its_dotted_path() -> None:
    assert mask_value("responseElements.credentials.sessionToken", "abc") == MASK
    assert mask_value("requestParameters.password.current", "abc") == MASK
    assert mask_value("requestParameters.groupName", "testgroup") == "testgroup"
    assert mask_value("requestParameters.text", "x" * 100, max_chars=10) == "x" * 10 + "[90 more characters]"


def test_names_are_judged_by_their_words() -> None:
    assert is_secret_name("masterUserPassword")
    assert not is_secret_name("_")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # shared machines are slow at times
@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_every_record_comes_out_as_strict_json_and_masking_again_changes_nothing(record: dict[str, Any]) -> None:
    shown = mask_record(record, max_bytes=BIG)
    json.dumps(shown, allow_nan=False, ensure_ascii=False).encode()
    assert mask_record(shown, max_bytes=BIG) == shown
