"""What people are told of the index is what the index does."""

from __future__ import annotations

import pytest

from daemon.condition import (
    And,
    Boolean,
    Cidr,
    Compare,
    Comparison,
    Condition,
    Exists,
    FieldRef,
    Keyword,
    Null,
    Number,
    Regex,
    Test,
    TimePart,
    TimeUnit,
)
from daemon.detect.indexed import ANYWHERE, IndexedUnder, OnEveryEvent, describe_index
from tests.doubles.conditions import all_of, any_of, field, none_of, text

FIELDS = ("eventName", "userAgent")
ABSENT = "it asks for what is not there"
SHORT = Keyword(test=text("*ab*"))


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        (text("CreateUser"), "CreateUser"),
        (text("Put*Policy?"), "Put*Policy?"),
        (text(""), "''"),
        (Regex(pattern="a+", flags=frozenset("si")), "/a+/is"),
        (Number(value=7), "7"),
        (Boolean(value=False), "false"),
        (Boolean(value=True), "true"),
        (Cidr(network="10.0.0.0/8"), "10.0.0.0/8"),
        (Compare(comparison=Comparison.GTE, value=7), "gte 7"),
        (TimePart(unit=TimeUnit.HOUR, comparison=Comparison.LT, value=6), "hour lt 6"),
        (Exists(expected=True), "present"),
    ],
)
def test_each_kind_of_test_is_told_in_words(test: Test, shown: str) -> None:
    assert describe_index(field("eventName", test), FIELDS) == IndexedUnder(literals=(("eventName", (shown,)),))


def test_a_choice_is_indexed_under_each_of_its_branches() -> None:
    condition = any_of(field("eventName", "a"), field("userAgent", "*b*"), field("eventName", "c"))
    literals = (("eventName", ("a", "c")), ("userAgent", ("*b*",)))
    assert describe_index(condition, FIELDS) == IndexedUnder(literals=literals)


def test_what_no_field_tells_is_searched_for_anywhere() -> None:
    found = describe_index(any_of(Keyword(test=text("*mimikatz*")), Keyword(test=text("*Lazagne*"))), FIELDS)
    assert found == IndexedUnder(literals=((ANYWHERE, ("lazagne", "mimikatz")),))


@pytest.mark.parametrize(
    ("condition", "reason", "fields"),
    [
        (none_of(field("eventName", "x")), ABSENT, ("eventName",)),
        (field("userAgent", Null()), ABSENT, ("userAgent",)),
        (field("errorCode", Exists(expected=False)), ABSENT, ()),
        (field("eventName", FieldRef(field="b")), "it compares two fields of the event", ("eventName",)),
        (field("port", Number(value=7)), "port is not read before an event is decoded in full", ()),
        (SHORT, "a keyword may stand anywhere, and this one has no plain text that few events hold", ()),
        (
            Keyword(test=Regex(pattern="x")),
            "a keyword may stand anywhere, and only plain text is searched for before an event is decoded",
            (),
        ),
        (And(items=()), "it holds for every event", ()),
        (any_of(field("eventName", "x"), field("userAgent", Null())), ABSENT, ("eventName", "userAgent")),
        (all_of(none_of(field("eventName", "x")), SHORT), ABSENT, ("eventName",)),
        (none_of(any_of(field("eventName", "x"))), ABSENT, ("eventName",)),
    ],
)
def test_a_rule_on_every_event_says_why(condition: Condition, reason: str, fields: tuple[str, ...]) -> None:
    assert describe_index(condition, FIELDS) == OnEveryEvent(reason=reason, fields=fields)
