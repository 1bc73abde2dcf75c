from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from daemon.condition import And, Boolean, Condition, FieldRef, Keyword, Null, Number, Or, Regex
from daemon.detect.compile import compile_condition
from tests.doubles.conditions import CONDITIONS, all_of, any_of, field, none_of, records, text

RECORD: dict[str, Any] = {
    "eventName": "DeleteGroup",
    "userIdentity": {"type": "Root", "userName": "alice"},
    "requestParameters": {"userName": "Alice", "size": 7, "force": True, "tags": ["x", None, "evil twin"]},
}
YES, NO = field("eventName", "deletegroup"), field("eventName", "listgroups")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (YES, True),
        (NO, False),
        (all_of(YES, YES), True),
        (all_of(YES, NO), False),
        (any_of(NO, YES), True),
        (any_of(NO, NO), False),
        (none_of(NO), True),
        (none_of(YES), False),
        (And(items=()), True),
        (Or(items=()), False),
        (none_of(field("missing", "x")), True),
        (field("missing", Null()), True),
        (all_of(YES, none_of(all_of(field("missing", "x"), YES))), True),
        (field("requestParameters.userName", FieldRef(field="userIdentity.userName")), True),
        (field("requestParameters.userName", FieldRef(field="eventName")), False),
        (Keyword(test=text("*evil*")), True),
        (Keyword(test=text("*EVIL*win*")), True),
        (Keyword(test=text("*Evil*", is_cased=True)), False),
        (Keyword(test=text("*userName*")), False),
        (Keyword(test=Regex(pattern="^evil")), True),
        (Keyword(test=Number(value=7)), True),
        (Keyword(test=Boolean(value=True)), True),
        (Keyword(test=Boolean(value=False)), False),
    ],
)
def test_a_condition_is_plain_logic_over_its_tests(condition: Condition, expected: bool) -> None:
    assert compile_condition(condition)(RECORD) is expected


@given(CONDITIONS, records())
def test_a_condition_and_its_negation_never_agree(condition: Condition, record: dict[str, Any]) -> None:
    assert compile_condition(condition)(record) is not compile_condition(none_of(condition))(record)


def test_patterns_on_one_field_keep_their_own_flags_when_they_are_searched_as_one() -> None:
    patterns = (
        Regex(pattern="^a.c|x$", flags=frozenset("i")),
        Regex(pattern="b(?i)C"),
        Regex(pattern="^m.n$", flags=frozenset("ms")),
    )
    each = [compile_condition(field("eventName", pattern)) for pattern in patterns]
    as_one = compile_condition(any_of(*[field("eventName", pattern) for pattern in patterns]))
    texts = ["ABC", "zabc", "X", "Xa", "bc", "bC", "Bc", "l\nm\nn\no", "m\nn", "M\nn", "m.n", "", "a\nc"]
    answers = [as_one({"eventName": text}) for text in texts]
    assert answers == [any(holds({"eventName": text}) for holds in each) for text in texts]
    assert {True, False} == set(answers)


@pytest.mark.parametrize(
    "patterns", [(r"a\Qb)", "c"), ("(?:[^a]{900}){1}b", *[f"{letter}{{900}}(\\pL{{200}})" for letter in "cdefgh"], "x")]
)
def test_patterns_that_cannot_be_joined_are_searched_one_by_one(patterns: tuple[str, ...]) -> None:
    holds = compile_condition(any_of(*[field("eventName", Regex(pattern=pattern)) for pattern in patterns]))
    assert [holds({"eventName": text}) for text in ("ab)", "c", "x", "q")] == [
        any(re.search(pattern.replace(r"\Qb)", r"b\)").replace(r"\pL", r"\w"), text) for pattern in patterns)
        for text in ("ab)", "c", "x", "q")
    ]
