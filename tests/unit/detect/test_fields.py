from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from daemon.detect.fields import leaves, resolve, scalars, text_of, texts
from tests.doubles.conditions import PATHS, records

RECORD: dict[str, Any] = {
    "eventName": "DeleteGroup",
    "errorCode": None,
    "userIdentity": {"type": "Root", "sessionContext": {"attributes": {"mfaAuthenticated": "true"}}},
    "requestParameters": {
        "items": [{"cidr": ["10.0.0.0/8", None]}, {"cidr": "0.0.0.0/0"}, {"port": 22}, "text", [{"cidr": 7}]],
        "none": [],
    },
    "userIdentity.type": "dotted",
    "a": {"b.c": {"d": 1}, "b": {"c": {"d": 2}, "c.d": 3}},
    "a.b": {"c.d": 4, "c": {"d": 5}},
    "a.b.c": {"d": 6},
    "a.b.c.d": 7,
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("eventName", ["DeleteGroup"]),
        ("errorCode", [None]),
        ("missing", []),
        ("eventName.missing", []),
        ("userIdentity.type", ["dotted", "Root"]),
        ("userIdentity.sessionContext.attributes.mfaAuthenticated", ["true"]),
        ("requestParameters.none", [[]]),
        ("requestParameters.none.cidr", []),
        ("requestParameters.items.cidr", [["10.0.0.0/8", None], "0.0.0.0/0", 7]),
        ("requestParameters.items.port", [22]),
    ],
)
def test_a_path_finds_every_value_that_stands_there(path: str, values: list[Any]) -> None:
    assert resolve(RECORD, path) == values


def test_a_literal_key_with_dots_is_a_candidate_at_every_level() -> None:
    assert sorted(resolve(RECORD, "a.b.c.d")) == [1, 2, 3, 4, 5, 6, 7]


def test_who_really_acts_is_a_field() -> None:
    record = {
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/admin/chosen-by-caller",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/admin"}},
        }
    }
    assert resolve(record, "derived.principal") == ["arn:aws:iam::111122223333:role/admin"]


def test_a_path_through_thousands_of_nested_arrays_is_walked_without_recursion() -> None:
    nested: Any = {"b": 1}
    for _ in range(5_000):
        nested = [nested]
    assert resolve({"a": nested}, "a.b") == [1]


def test_arrays_open_into_their_members_at_any_depth_and_objects_stay_closed() -> None:
    assert list(scalars([1, [2, [None, "x"], []], {"a": [3]}])) == [1, 2, None, "x", {"a": [3]}]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], []),
        ([None], []),
        ([[]], []),
        (["x"], ["x"]),
        ([7], ["7"]),
        ([7.5], ["7.5"]),
        ([1e22], ["1e22"]),
        ([True], ["true"]),
        ([False], ["false"]),
        ([{}], ["{}"]),
        ([[1, "a", None]], ['[1,"a",null]', "1", "a"]),
        ([{"k": ["v", 1, {"q": 'say "x"'}]}], ['{"k":["v",1,{"q":"say \\"x\\""}]}', "v", 'say "x"']),
        ([[{"k": "é"}]], ['[{"k":"é"}]', "é"]),
    ],
)
def test_a_string_test_looks_at_scalars_at_compact_json_and_at_string_leaves(
    values: list[Any], expected: list[str]
) -> None:
    assert list(texts(values)) == expected


def test_leaves_name_their_paths_and_members_share_their_arrays() -> None:
    assert list(leaves({"a": {"b": [1, {"c": None}], "d": []}, "e": "x"})) == [
        ("a.b", 1),
        ("a.b.c", None),
        ("e", "x"),
    ]


@given(records())
def test_resolving_never_raises_and_never_changes_the_record(record: dict[str, Any]) -> None:
    before = repr(record)
    for path in PATHS:
        for text in texts(resolve(record, path)):
            assert text_of(text) == text
    assert repr(record) == before
