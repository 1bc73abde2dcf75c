from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.model import Actor
from daemon.trail.outcome import Outcome, outcome_of
from daemon.trail.printable import clip, printable
from daemon.trail.summary import check_template, default_summary, render_summary

ALICE = Actor(label="alice", principal="arn:aws:iam::111122223333:user/alice", kind="user")
RECORD: dict[str, Any] = {
    "eventSource": "iam.amazonaws.com",
    "eventName": "DeleteGroup",
    "awsRegion": "us-east-1",
    "recipientAccountId": "111122223333",
    "requestParameters": {
        "groupName": "testgroup",
        "password": "geheim",
        "items": [{"ip": "203.0.113.7"}, {"ip": "203.0.113.8"}, {"ip": "203.0.113.7"}],
        "many": list(range(30)),
        "flag": True,
        "nested": {"a": [1]},
        "a.b": "dotted",
        "empty": "",
        "null": None,
    },
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{actor} deleted {requestParameters.groupName}", "alice deleted testgroup"),
        ("{derived.principal}", "arn:aws:iam::111122223333:user/alice"),
        ("{requestParameters.missing}", "–"),
        ("{requestParameters.null}", "–"),
        ("{requestParameters.empty}", "–"),
        ("{requestParameters.groupName.deeper}", "–"),
        ("{requestParameters.items.ip}", "203.0.113.7, 203.0.113.8"),
        ("{requestParameters.many}", "0, 1, 2, 3, 4, 25 more"),
        ("{requestParameters.flag}", "true"),
        ("{requestParameters.nested}", '{"a":[1]}'),
        ("{requestParameters.a.b}", "dotted"),
        ("{requestParameters.password}", "[masked]"),
        ("{{literal}} {actor}", "{literal} alice"),
        ("{actor.__class__.__init__}", "–"),
        ("{actor!r:>1000000}", "–"),
        ("a { b } {actor}", "a – alice"),
        ("no placeholders", "no placeholders"),
    ],
)
def test_placeholders_are_filled_in_from_the_record_and_nothing_else(template: str, expected: str) -> None:
    assert render_summary(template, RECORD, ALICE).replace("  ", " ") == expected


def test_hostile_values_come_out_short_and_on_one_line() -> None:
    record = {"requestParameters": {"groupName": "a\n\x1b[31m\u202e\u200b" + "x" * 100_000}}
    summary = render_summary("{requestParameters.groupName} {requestParameters.groupName}", record, ALICE)
    assert summary.isprintable()
    assert len(summary) == 321


def test_a_summary_as_a_whole_is_capped() -> None:
    assert len(render_summary("{derived.principal} " * 40, RECORD, ALICE)) == 500


def test_a_huge_list_is_read_only_as_far_as_it_is_shown() -> None:
    record = {"requestParameters": {"ids": [f"i-{number}" for number in range(100_000)]}}
    assert render_summary("{requestParameters.ids}", record, ALICE) == "i-0, i-1, i-2, i-3, i-4, many more"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "alice called iam:DeleteGroup in 111122223333, us-east-1"),
        ({"errorCode": "AccessDenied"}, "alice was denied iam:DeleteGroup in 111122223333, us-east-1"),
        (
            {"errorCode": "NoSuchEntity"},
            "alice failed to call iam:DeleteGroup in 111122223333, us-east-1 (NoSuchEntity)",
        ),
        ({"errorMessage": "Failed authentication"}, "alice failed to call iam:DeleteGroup in 111122223333, us-east-1"),
        ({"recipientAccountId": None, "awsRegion": None}, "alice called iam:DeleteGroup"),
    ],
)
def test_the_default_sentence_says_who_did_what_where_and_how_it_ended(changes: dict[str, Any], expected: str) -> None:
    assert default_summary(RECORD | changes, ALICE) == expected


def test_the_default_sentence_stands_an_empty_record() -> None:
    assert default_summary({}, ALICE) == "alice called –:–"


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{}", "empty placeholder"),
        ("{ }", "empty placeholder"),
        ("{actor!r}", "is no field path"),
        ("{requestParameters[0]}", "is no field path"),
        ("{requestParamters.groupName}", "did you mean 'requestParameters'?"),
        ("{zzz}", "is no field of a CloudTrail record"),
        ("open {actor", "'{' at character 6 has no partner"),
        ("close actor}", "'}' at character 12 has no partner"),
        ("x" * 1_001, "longer than 1000"),
    ],
)
def test_a_faulty_template_is_told(template: str, fault: str) -> None:
    (found,) = check_template(template)
    assert fault in found


@pytest.mark.parametrize(
    "template", ["", "{actor}", "{derived.principal} {{x}}", "{requestParameters.a-b.items.c:d/e f}", "{eventName}"]
)
def test_a_good_template_has_no_faults(template: str) -> None:
    assert check_template(template) == []


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, Outcome.SUCCEEDED),
        ({"errorCode": ""}, Outcome.SUCCEEDED),
        ({"errorCode": 5}, Outcome.SUCCEEDED),
        ({"errorCode": "AccessDeniedException"}, Outcome.DENIED),
        ({"errorCode": "Client.UnauthorizedOperation"}, Outcome.DENIED),
        ({"errorCode": "VpceAccessDenied"}, Outcome.DENIED),
        ({"errorCode": "ThrottlingException"}, Outcome.FAILED),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, Outcome.FAILED),
        ({"responseElements": {"ConsoleLogin": "Success"}}, Outcome.SUCCEEDED),
        ({"responseElements": "odd"}, Outcome.SUCCEEDED),
    ],
)
def test_the_end_of_a_call_is_told_by_every_sign_of_it(record: dict[str, Any], expected: Outcome) -> None:
    assert outcome_of(record) is expected


def test_printable_text_drops_what_is_unseen_and_keeps_the_rest() -> None:
    assert printable("a\u202eb\x00c\u200dd\ne\u00a0f é 名", limit=50) == "abcd e f é 名"
    assert printable("x" * 10, limit=5) == "xxxx…"
    assert printable("\x00" * 1_000, limit=5) == "…"
    assert clip("ab", limit=2) == "ab"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # shared machines are slow at times
@given(st.text(), st.dictionaries(st.text(max_size=5), st.text()))
def test_no_template_and_no_record_make_it_raise(template: str, parameters: dict[str, str]) -> None:
    record = {"requestParameters": parameters}
    assert render_summary(template + "{requestParameters}", record, ALICE).isprintable()
    check_template(template)
