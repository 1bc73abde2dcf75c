from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.condition import Condition, Keyword, Null
from daemon.detect.compile import compile_condition
from daemon.detect.index_answer import IndexAnswer, IndexOutcome, ask_index
from daemon.detect.indexed import ANYWHERE, IndexedUnder, OnEveryEvent
from daemon.detect.ruleset import RuleSet
from daemon.trail.record import decode_record
from tests.doubles.conditions import CONDITIONS, VALUES, all_of, any_of, field, none_of, rule, text

EVENT = {"eventName": "DeleteGroup", "eventSource": "iam.amazonaws.com", "readOnly": False}
RECORDS = st.dictionaries(st.sampled_from(("eventName", "eventSource", "errorCode", "readOnly", "userAgent")), VALUES)


def fields_of(*conditions: Condition) -> tuple[str, ...]:
    return RuleSet([rule(condition, str(number)) for number, condition in enumerate(conditions)]).fields


def ask(condition: Condition, *beside: Condition, event: dict[str, Any] | None = None) -> IndexAnswer:
    return ask_index(
        condition, fields=fields_of(condition, *beside), raw=json.dumps(EVENT if event is None else event).encode()
    )


def test_a_rule_for_another_event_is_passed_over_by_its_name() -> None:
    answer = ask(all_of(field("eventName", "CreateUser"), field("eventSource", "iam.amazonaws.com")))
    assert (answer.outcome, answer.dismissed_by) == (IndexOutcome.PASSED_OVER, ("eventName",))
    assert answer.place == IndexedUnder(literals=(("eventName", ("CreateUser",)),))


def test_a_rule_for_this_event_is_still_in_play() -> None:
    answer = ask(all_of(field("eventName", "deletegroup"), field("errorCode", "AccessDenied")))
    assert (answer.outcome, answer.dismissed_by) == (IndexOutcome.IN_PLAY, ())


def test_fields_that_other_rules_read_dismiss_it_too() -> None:
    condition = all_of(field("eventName", "DeleteGroup"), field("errorCode", "AccessDenied"))
    answer = ask(condition, field("errorCode", "Throttling"))
    assert (answer.outcome, answer.dismissed_by) == (IndexOutcome.PASSED_OVER, ("errorCode",))


def test_where_no_field_says_no_by_itself_those_that_do_together_are_named() -> None:
    either = any_of(field("eventName", "CreateUser"), field("errorCode", "AccessDenied"))
    answer = ask(either, field("eventSource", "kms.amazonaws.com"))
    assert (answer.outcome, answer.dismissed_by) == (IndexOutcome.PASSED_OVER, ("eventName", "errorCode"))


def test_a_number_in_a_field_that_is_read_ahead_makes_every_rule_look() -> None:
    answer = ask(field("eventName", "CreateUser"), event={"eventName": 7})
    assert answer.outcome is IndexOutcome.READ_IN_FULL


@pytest.mark.parametrize(
    "identity",
    [{"type": ["Root"]}, "Root", [{"type": "Root"}], {"type": {"a": 1}}],
    ids=["a list", "a text for an object", "a list of objects", "an object"],
)
def test_what_is_laid_out_otherwise_is_read_in_full(identity: Any) -> None:
    assert (
        ask(field("userIdentity.type", "Root"), event={"userIdentity": identity}).outcome is IndexOutcome.READ_IN_FULL
    )


def test_a_key_that_itself_has_dots_is_read_in_full() -> None:
    event = {"userIdentity": {"type": "IAMUser"}, "userIdentity.type": "Root"}
    assert ask(field("userIdentity.type", "Root"), event=event).outcome is IndexOutcome.READ_IN_FULL


@pytest.mark.parametrize("event", [{}, {"userIdentity": None}, {"userIdentity": {}}, {"userIdentity": {"type": None}}])
def test_what_is_missing_or_null_dismisses_as_anything_else_does(event: dict[str, Any]) -> None:
    answer = ask(field("userIdentity.type", "Root"), event=event)
    assert (answer.outcome, answer.dismissed_by) == (IndexOutcome.PASSED_OVER, ("userIdentity.type",))


def test_two_records_in_one_are_no_record_that_could_be_read_ahead() -> None:
    assert ask_index(field("eventName", "a"), fields=("eventName",), raw=b"{},{}").outcome is IndexOutcome.READ_IN_FULL


def test_a_keyword_is_searched_in_the_text_of_the_record() -> None:
    lost, found = (ask(Keyword(test=text(word))) for word in ("*mimikatz*", "*deletegroup*"))
    assert (lost.outcome, lost.dismissed_by) == (IndexOutcome.PASSED_OVER, (ANYWHERE,))
    assert found.outcome is IndexOutcome.IN_PLAY


def test_a_text_that_is_not_plain_is_not_searched() -> None:
    answer = ask(Keyword(test=text("*mimikatz*")), event={"eventName": "é"})
    assert answer.outcome is IndexOutcome.IN_PLAY


def test_a_rule_that_asks_for_what_is_not_there_is_asked_on_every_event() -> None:
    answer = ask(none_of(field("userAgent", "console.amazonaws.com")))
    assert answer.outcome is IndexOutcome.IN_PLAY
    assert isinstance(answer.place, OnEveryEvent)
    assert isinstance(ask(field("errorCode", Null())).place, OnEveryEvent)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, st.lists(CONDITIONS, max_size=3), RECORDS)
def test_no_rule_that_holds_is_ever_said_to_be_passed_over(
    condition: Condition, beside: list[Condition], record: dict[str, Any]
) -> None:
    raw = json.dumps(record).encode("utf-8", "replace")
    answer = ask_index(condition, fields=fields_of(condition, *beside), raw=raw)
    if compile_condition(condition)(decode_record(raw)):
        assert answer.outcome is not IndexOutcome.PASSED_OVER
