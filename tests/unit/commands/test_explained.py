from __future__ import annotations

from typing import Any

from daemon.commands.explained import deciding_lines, tree_lines
from daemon.condition import Condition, Regex
from daemon.detect.explain import explain
from tests.doubles.conditions import all_of, any_of, field, none_of

EVENT = {"eventName": "DeleteGroup", "eventSource": "iam.amazonaws.com"}


def lines(condition: Condition, event: dict[str, Any] | None = None) -> list[str]:
    return [str(line) for line in tree_lines(explain(condition, EVENT if event is None else event))]


def test_a_tree_is_indented_and_each_part_says_whether_it_holds() -> None:
    condition = all_of(field("eventName", "DeleteGroup"), none_of(any_of(field("a", "x"), field("b", "y"))))
    assert lines(condition) == [
        "yes  all of",
        """  yes  eventName = 'DeleteGroup'    (there: "DeleteGroup")""",
        "  yes  not",
        "    no   any of",
        "      no   a = 'x'    (there: nothing)",
        "      no   b = 'y'    (there: nothing)",
    ]


def test_values_of_one_field_that_went_alike_share_a_line() -> None:
    names = any_of(*(field("eventName", f"Get{number}") for number in range(300)))
    assert lines(names) == [
        """no   eventName = 'Get0', 'Get1', 'Get2', 'Get3', 'Get4', 'Get5' and 294 more    (there: "DeleteGroup")"""
    ]
    assert lines(any_of(field("eventName", "DeleteGroup"), *names.items)) == [
        "yes  any of",
        """  yes  eventName = 'DeleteGroup'    (there: "DeleteGroup")""",
        """  no   eventName = 'Get0', 'Get1', 'Get2', 'Get3', 'Get4', 'Get5' and 294 more    (there: "DeleteGroup")""",
    ]


def test_what_holds_a_single_thing_together_is_left_out() -> None:
    assert lines(all_of(any_of(field("a", "x")))) == ["no   a = 'x'    (there: nothing)"]
    assert lines(all_of(all_of(field("a", "x"), field("b", "x")))) == [
        "no   all of",
        "  no   a = 'x'    (there: nothing)",
        "  no   b = 'x'    (there: nothing)",
    ]


def test_a_condition_without_parts_says_what_it_does() -> None:
    assert lines(all_of()) == ["yes  nothing is asked: it always holds"]
    assert lines(none_of(any_of())) == ["yes  not", "  no   nothing is asked: it never holds"]


def test_only_what_decided_is_told_where_nothing_else_is_wanted() -> None:
    condition = all_of(field("eventName", "DeleteGroup"), any_of(field("a", "x"), field("a", "y")))
    assert list(map(str, deciding_lines(explain(condition, EVENT)))) == ["no   a = 'x', 'y'    (there: nothing)"]


def test_a_rule_that_holds_control_characters_cannot_touch_the_terminal() -> None:
    assert all(line.isprintable() for line in lines(field("a\x1b[2J", "\x1b]0;x\x07"), {"a\x1b[2J": "\x9b"}))


def test_tests_of_several_kinds_on_one_field_are_listed_one_after_the_other() -> None:
    condition = any_of(field("eventName", "List*"), field("eventName", Regex(pattern="^Get")), field("eventName", "x"))
    assert lines(condition) == ["""no   eventName = 'List*', matches /^Get/, = 'x'    (there: "DeleteGroup")"""]
