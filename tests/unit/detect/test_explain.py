from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.condition import FieldRef, Keyword, Null
from daemon.detect.compile import compile_condition
from daemon.detect.explain import Explained, Kind, deciding, explain
from tests.doubles.conditions import CONDITIONS, VALUES, all_of, any_of, field, none_of, text

EVENT = {"eventName": "DeleteGroup", "requestParameters": {"groupName": "admins", "note": None}}
DELETED = field("eventName", "DeleteGroup")
DENIED = field("errorCode", "AccessDenied")
RECORDS = st.dictionaries(st.sampled_from(("eventName", "readOnly", "userIdentity", "requestParameters")), VALUES)


def flat(explained: Explained) -> list[Explained]:
    return [explained, *(below for part in explained.parts for below in flat(part))]


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, RECORDS)
def test_the_tree_says_what_the_evaluator_says(condition: Any, record: dict[str, Any]) -> None:
    explained = explain(condition, record)
    assert explained.holds is compile_condition(condition)(record)
    assert all(each.saw.isprintable() for each in flat(explained))


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, RECORDS)
def test_had_all_deciding_tests_gone_the_other_way_so_had_the_whole(condition: Any, record: dict[str, Any]) -> None:
    explained = explain(condition, record)
    decided = {id(test) for test in deciding(explained)}
    has_nothing_to_turn = any(not each.parts and each.kind is not Kind.TEST for each in flat(explained))
    assert has_nothing_to_turn or turned(explained, decided) is not explained.holds


def turned(explained: Explained, decided: set[int]) -> bool:
    """What it would say if these tests had said the opposite."""
    parts = [turned(part, decided) for part in explained.parts]
    match explained.kind:
        case Kind.ALL:
            return all(parts)
        case Kind.ANY:
            return any(parts)
        case Kind.NOT:
            return not parts[0]
    return explained.holds is not (id(explained) in decided)


def test_every_part_is_told_with_what_its_tests_saw() -> None:
    explained = explain(all_of(DELETED, none_of(any_of(DENIED, field("eventName", "List*")))), EVENT)
    assert [(each.kind, each.holds, each.field, each.asks, each.saw) for each in flat(explained)] == [
        (Kind.ALL, True, "", "", ""),
        (Kind.TEST, True, "eventName", "= 'DeleteGroup'", '"DeleteGroup"'),
        (Kind.NOT, True, "", "", ""),
        (Kind.ANY, False, "", "", ""),
        (Kind.TEST, False, "errorCode", "= 'AccessDenied'", "nothing"),
        (Kind.TEST, False, "eventName", "= 'List*'", '"DeleteGroup"'),
    ]


def test_what_is_null_is_told_from_what_is_missing() -> None:
    null, missing = (explain(field(path, Null()), EVENT) for path in ("requestParameters.note", "errorCode"))
    assert [(null.saw, null.holds), (missing.saw, missing.holds)] == [("null", True), ("nothing", True)]


def test_a_reference_shows_both_fields() -> None:
    reference = FieldRef(field="requestParameters.groupName")
    assert (
        explain(field("eventName", reference), EVENT).saw == '"DeleteGroup"; in requestParameters.groupName: "admins"'
    )


def test_a_keyword_tells_where_it_was_found() -> None:
    found, lost = (explain(Keyword(test=text(word)), EVENT) for word in ("*admin*", "*root*"))
    assert (found.holds, found.saw) == (True, 'requestParameters.groupName: "admins"')
    assert (lost.holds, lost.saw) == (False, "none such in the whole event")


def test_the_other_tests_of_a_failed_choice_and_the_failed_ones_of_a_conjunction_decide() -> None:
    explained = explain(all_of(DELETED, DENIED, any_of(field("eventName", "a"), field("eventName", "b"))), EVENT)
    assert [(test.field, test.asks) for test in deciding(explained)] == [
        ("errorCode", "= 'AccessDenied'"),
        ("eventName", "= 'a'"),
        ("eventName", "= 'b'"),
    ]


def test_what_may_not_be_seen_is_masked_before_it_is_shown() -> None:
    masked = explain(field("a", "secret"), {"a": "secret"}, show=lambda path, value: f"[{path}]")
    assert (masked.holds, masked.saw) == (True, '"[a]"')


def test_characters_that_a_terminal_obeys_are_shown_escaped() -> None:
    hostile = 'a\x1b[2J\u202e\x9b\ud800"é'
    saw = explain(field("a", "x"), {"a": hostile}).saw
    assert saw.isprintable()
    assert json.loads(saw) == hostile


def test_long_values_and_many_of_them_are_cut() -> None:
    assert len(explain(field("a", "x"), {"a": "x" * 500}).saw) == 121
    assert len(explain(field("a", "x"), {"a": ["x" * 9] * 100}).saw) == 121
