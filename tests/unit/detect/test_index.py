from __future__ import annotations

from typing import Any

import pytest

from daemon.condition import Boolean, Condition, FieldRef, Keyword, Number, Or
from daemon.detect.index import Index, compile_verdict, required_literals
from tests.doubles.conditions import all_of, any_of, field, none_of, text

NAME, LATER = field("eventName", "DeleteGroup"), field("later", "x")
YES: dict[str, list[Any]] = {"eventName": ["deletegroup"]}
NO: dict[str, list[Any]] = {"eventName": ["ListGroups"]}


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
    verdict = compile_verdict(condition, known=frozenset({"eventName"}))
    assert (verdict(YES), verdict(NO)) == (yes, no)


@pytest.mark.parametrize(
    ("condition", "literals"),
    [
        (NAME, {"deletegroup"}),
        (field("eventName", text("Root", is_cased=True)), {"root"}),
        (field("eventName", "Delete*"), None),
        (field("eventName", Number(value=7)), {"7"}),
        (field("eventName", Boolean(value=True)), {"true"}),
        (LATER, None),
        (all_of(LATER, NAME), {"deletegroup"}),
        (all_of(any_of(NAME, field("eventName", "b")), NAME), {"deletegroup"}),
        (all_of(LATER), None),
        (any_of(NAME, field("eventName", "b")), {"deletegroup", "b"}),
        (any_of(NAME, LATER), None),
        (Or(items=()), set()),
        (none_of(NAME), None),
    ],
)
def test_literals_are_required_only_where_nothing_else_can_hold(
    condition: Condition, literals: set[str] | None
) -> None:
    assert required_literals(condition, "eventName") == literals


def test_only_conditions_that_may_hold_stay_in_play_in_their_order() -> None:
    conditions: list[Condition] = [
        field("errorCode", "AccessDenied"),
        all_of(NAME, LATER),
        field("eventName", "List*"),
        none_of(NAME),
        Keyword(test=text("x")),
        Or(items=()),
        field("eventName", "true"),
    ]
    index = Index(conditions, fields=("eventName", "errorCode"))
    assert index.still_in_play({"eventName": ["DELETEGROUP"], "errorCode": []}) == (1, 4)
    assert index.still_in_play({"eventName": ["ListUsers"], "errorCode": ["accessdenied"]}) == (0, 2, 3, 4)
    assert index.still_in_play({"eventName": [True], "errorCode": [None]}) == (3, 4, 6)
