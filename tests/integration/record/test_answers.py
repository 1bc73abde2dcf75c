"""What people say to alerts: acknowledged once, a verdict that may change, and every answer written down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.model import Alert, Answer, AnswerKind, AnswerOutcome, DeliveryKind, KeptAnswer, Notice, Person
from daemon.record.store import Access, Store, open_store
from tests.doubles.state_values import NOON, match, plan, result

ALICE = Person(id="slack:T1/U1", name="Alice")
BOB = Person(id="command:bob", name="bob")
PLAN = plan(kinds=(DeliveryKind.OPEN, DeliveryKind.ANSWER, DeliveryKind.AUDIT))


def opened(store: Store) -> Alert:
    done = replace(result(match()), is_of_now=True)
    (alert,) = store.recorder.complete([done], plans=[PLAN], ruleset_digest="", now=NOON).opened
    return alert


def say(store: Store, kind: AnswerKind, alert_id: str, *, person: Person = ALICE, key: str | None = None) -> KeptAnswer:
    return store.answers.give(Answer(kind=kind, by=person, alert_id=alert_id, key=key), plans=[PLAN], now=NOON)


def test_the_first_to_acknowledge_is_kept_and_the_second_is_told(store: Store) -> None:
    alert = opened(store)
    assert say(store, AnswerKind.ACKNOWLEDGE, alert.id).outcome is AnswerOutcome.DONE
    again = say(store, AnswerKind.ACKNOWLEDGE, alert.id, person=BOB)
    assert (again.outcome, again.before) == (AnswerOutcome.AGAIN, "Alice")
    assert store.answers.of(alert.id).acknowledged_by == ALICE


def test_a_verdict_may_be_changed_and_is_counted_by_rule(store: Store) -> None:
    alert = opened(store)
    say(store, AnswerKind.EXPECTED, alert.id)
    assert say(store, AnswerKind.EXPECTED, alert.id, person=BOB).outcome is AnswerOutcome.AGAIN
    assert store.answers.verdict_counts() == {("rule-1", "expected"): 1}
    say(store, AnswerKind.NOT_EXPECTED, alert.id, person=BOB)
    answers = store.answers.of(alert.id)
    assert (answers.verdict, answers.verdict_by) == (AnswerKind.NOT_EXPECTED, BOB)
    assert store.answers.verdict_counts() == {("rule-1", "not_expected"): 1}


def test_an_answer_to_an_alert_that_is_not_kept_is_written_down_and_does_nothing(store: Store) -> None:
    kept = say(store, AnswerKind.ACKNOWLEDGE, "gone")
    assert kept.outcome is AnswerOutcome.UNKNOWN
    assert store.answers.log() == [kept]
    assert store.list_deliveries() == []


def test_a_notice_may_be_seen_and_is_never_judged(store: Store) -> None:
    store.recorder.notify(Notice(reason="state_new", title="New", text="x"), plans=[], now=NOON)
    (notice,) = store.list_alerts(now=NOON, with_notices=True)
    assert say(store, AnswerKind.ACKNOWLEDGE, notice.id).outcome is AnswerOutcome.DONE
    assert say(store, AnswerKind.EXPECTED, notice.id).outcome is AnswerOutcome.UNFIT


def test_a_press_that_was_refused_is_written_down_and_nothing_else(store: Store) -> None:
    alert = opened(store)
    answer = Answer(kind=AnswerKind.ACKNOWLEDGE, by=ALICE, alert_id=alert.id, key="k")
    kept = store.answers.refuse(answer, now=NOON)
    assert kept.outcome is AnswerOutcome.NOT_ALLOWED
    assert store.answers.refuse(answer, now=NOON) == kept
    assert store.answers.of(alert.id).acknowledged_by is None
    assert [each.kind for each in store.list_deliveries()] == [DeliveryKind.OPEN]


def test_the_same_press_that_comes_twice_is_one(store: Store) -> None:
    alert = opened(store)
    first = say(store, AnswerKind.EXPECTED, alert.id, key="k")
    say(store, AnswerKind.NOT_EXPECTED, alert.id)
    assert say(store, AnswerKind.EXPECTED, alert.id, key="k") == first
    assert store.answers.of(alert.id).verdict is AnswerKind.NOT_EXPECTED


def test_an_acknowledgement_is_no_matter_for_the_audit_channel(store: Store) -> None:
    alert = opened(store)
    say(store, AnswerKind.ACKNOWLEDGE, alert.id)
    assert {each.kind for each in store.list_deliveries()} == {DeliveryKind.OPEN, DeliveryKind.ANSWER}


def test_a_destination_without_threads_is_told_nothing(store: Store) -> None:
    alert = opened(store)
    answer = Answer(kind=AnswerKind.ACKNOWLEDGE, by=ALICE, alert_id=alert.id)
    store.answers.give(answer, plans=[plan(kinds=(DeliveryKind.OPEN,))], now=NOON)
    assert {each.kind for each in store.list_deliveries()} == {DeliveryKind.OPEN}


def test_answers_are_given_beside_the_daemon(state_url: str) -> None:
    with open_store(state_url, now=NOON) as daemon:
        alert = opened(daemon)
        with open_store(state_url, now=NOON, access=Access.SHARE) as command:
            say(command, AnswerKind.ACKNOWLEDGE, alert.id, person=BOB)
        assert daemon.answers.of(alert.id).acknowledged_by == BOB


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000])
def test_whatever_somebody_is_called_can_be_stored(store: Store, name: str) -> None:
    alert = opened(store)
    say(store, AnswerKind.EXPECTED, alert.id, person=Person(id=f"slack:{name}", name=name), key=name)
    assert len(store.answers.log(alert_id=alert.id)) == 1


def test_answers_are_forgotten_with_their_alert(store: Store) -> None:
    alert = opened(store)
    say(store, AnswerKind.ACKNOWLEDGE, alert.id)
    say(store, AnswerKind.EXPECTED, alert.id)
    store.set_removed_aside([], now=NOON)
    later = NOON.replace(year=2028)
    day = later - later.replace(day=3)
    store.prune(keep_alerts=day, keep_objects=day, now=later)
    assert (store.answers.log(), store.answers.verdict_counts()) == ([], {})
    assert store.answers.of(alert.id).acknowledged_by is None
