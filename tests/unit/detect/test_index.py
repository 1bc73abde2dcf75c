from __future__ import annotations

from typing import Any

import pytest

from daemon.condition import And, Boolean, Condition, Exists, FieldRef, Keyword, Null, Number, Or
from daemon.detect.index import Index, Known, collect_tests, compile_certainty
from daemon.detect.required import required_tests
from tests.doubles.conditions import Explosive, all_of, any_of, field, none_of, text

NAME, LATER = field("eventName", "DeleteGroup"), field("later", "x")
OTHER, AGENT = field("eventName", "b"), field("userAgent", "*kali*")


def known(conditions: list[Condition], **leaves: Any) -> Known:
    tests = collect_tests(conditions, leaves)
    return {name: tests[name].outcome(leaf) for name, leaf in leaves.items()}


def verdict(condition: Condition, leaf: Any) -> bool | None:
    """Yes, no, or None where neither is certain."""
    tests = collect_tests([condition], ["eventName"])
    holds, fails = (compile_certainty(condition, tests, holding=holding) for holding in (True, False))
    seen = known([condition], eventName=leaf)
    if holds and holds(seen):
        return True
    return False if fails and fails(seen) else None


@pytest.mark.parametrize(
    ("condition", "yes", "no"),
    [
        (NAME, True, False),
        (LATER, None, None),
        (none_of(NAME), False, True),
        (none_of(LATER), None, None),
        (all_of(NAME, LATER), None, False),
        (all_of(NAME, NAME), True, False),
        (any_of(NAME, LATER), True, None),
        (any_of(NAME, NAME), True, False),
        (Keyword(test=text("x")), None, None),
        (field("eventName", FieldRef(field="eventName")), None, None),
    ],
)
def test_a_condition_is_dismissed_only_by_what_is_known(
    condition: Condition, yes: bool | None, no: bool | None
) -> None:
    answers = [verdict(condition, leaf) for leaf in ("deletegroup", "ListGroups")]
    assert answers == [yes, no]


def test_what_raises_over_a_value_is_not_known() -> None:
    broken = field("eventName", Number(value=Explosive(7)))
    assert verdict(broken, 7) is None


@pytest.mark.parametrize(
    ("condition", "required"),
    [
        (NAME, (NAME,)),
        (field("eventName", "Delete*"), (field("eventName", "Delete*"),)),
        (field("eventName", Exists(expected=True)), (field("eventName", Exists(expected=True)),)),
        (field("eventName", Exists(expected=False)), None),
        (field("eventName", Null()), None),
        (field("eventName", FieldRef(field="userAgent")), None),
        (LATER, None),
        (all_of(LATER, NAME), (NAME,)),
        (all_of(any_of(NAME, OTHER), AGENT, NAME), (NAME,)),
        (all_of(any_of(NAME, OTHER), AGENT), (NAME, OTHER)),
        (all_of(LATER), None),
        (And(items=()), None),
        (any_of(NAME, AGENT), (NAME, AGENT)),
        (any_of(NAME, LATER), None),
        (Or(items=()), ()),
        (none_of(NAME), None),
        (none_of(none_of(NAME)), (NAME,)),
        (none_of(any_of(none_of(NAME), LATER)), (NAME,)),
        (none_of(all_of(none_of(NAME), none_of(OTHER))), (NAME, OTHER)),
        (Keyword(test=text("x")), None),
    ],
)
def test_tests_are_required_only_where_nothing_else_can_hold(
    condition: Condition, required: tuple[Condition, ...] | None
) -> None:
    found = required_tests(condition, {"eventName", "userAgent"})
    assert (found.tests if found else None) == required


CONDITIONS: list[Condition] = [
    field("errorCode", "AccessDenied"),
    all_of(NAME, LATER),
    field("eventName", "List*"),
    none_of(NAME),
    Keyword(test=text("x")),
    Or(items=()),
    field("eventName", Boolean(value=True)),
    all_of(NAME, Keyword(test=text("y"))),
]


@pytest.mark.parametrize(
    ("leaves", "numbers"),
    [
        ({"eventName": "DELETEGROUP", "errorCode": None}, (1, 4)),
        ({"eventName": "ListUsers", "errorCode": "accessdenied"}, (0, 2, 3, 4)),
        ({"eventName": True, "errorCode": None}, (3, 4, 6)),
    ],
)
def test_only_conditions_that_may_hold_stay_in_play_in_their_order(
    leaves: dict[str, Any], numbers: tuple[int, ...]
) -> None:
    index = Index(CONDITIONS, collect_tests(CONDITIONS, leaves), searched={7})
    assert index.still_in_play(known(CONDITIONS, **leaves)) == numbers


def test_what_is_searched_for_is_asked_by_number_and_may_be_dismissed_too() -> None:
    index = Index(CONDITIONS, collect_tests(CONDITIONS, ["eventName"]), searched={7})
    assert index.not_dismissed([7, 1], known(CONDITIONS, eventName="deletegroup")) == (1, 7)
    assert index.not_dismissed([7, 1], known(CONDITIONS, eventName="x")) == ()
