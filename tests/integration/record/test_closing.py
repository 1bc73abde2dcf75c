"""Incidents follow their alerts: acknowledged with them, resolved when they close or were expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import update

from daemon.model import Alert, Answer, AnswerKind, DeliveryKind, Notice, Person, Plan, Sent
from daemon.record.schema import deliveries
from daemon.record.store import Store
from daemon.record.waking import SqlWaking
from tests.doubles.owing import HOUR, MINUTE, due, kinds, record
from tests.doubles.state_values import NOON, match, plan, result

ALICE = Person(id="command:alice", name="alice")
ANSWERED = [plan(kinds=[DeliveryKind.OPEN, DeliveryKind.ACKNOWLEDGE, DeliveryKind.RESOLVE])]
PAGER = [replace(ANSWERED[0], resolves_unanswered=True)]


def opened(store: Store, *, told_at: datetime = NOON) -> Alert:
    (alert,) = record(store, match("a"), plans=PAGER).opened
    for parcel in due(store):
        store.outbox.settle(parcel.delivery, Sent(remote_ref=alert.id), now=told_at, due_at=None)
    return alert


def look(store: Store, *, now: datetime, plans: Sequence[Plan] = PAGER) -> int:
    return SqlWaking(store.database).resolve(plans, now=now)


def answer(store: Store, kind: AnswerKind, alert: Alert) -> None:
    store.answers.give(Answer(kind=kind, by=ALICE, alert_id=alert.id), plans=PAGER, now=NOON)


@pytest.mark.parametrize(
    ("kind", "owed"),
    [
        (AnswerKind.ACKNOWLEDGE, "acknowledge"),
        (AnswerKind.NOT_EXPECTED, "acknowledge"),
        (AnswerKind.EXPECTED, "resolve"),
    ],
)
def test_an_answer_follows_the_incident(store: Store, kind: AnswerKind, owed: str) -> None:
    alert = opened(store)
    answer(store, kind, alert)
    answer(store, kind, alert)
    (parcel,) = due(store)
    assert (parcel.delivery.kind.value, parcel.delivery.parent_ref) == (owed, alert.id)


def test_an_alert_that_closes_resolves_its_incident_once(store: Store) -> None:
    opened(store)
    assert look(store, now=NOON + HOUR - MINUTE) == 0
    assert (look(store, now=NOON + HOUR), look(store, now=NOON + 2 * HOUR)) == (1, 0)
    assert kinds(due(store, now=NOON + HOUR)) == ["resolve"]


def test_an_incident_that_was_opened_late_stays_open_for_as_long(store: Store) -> None:
    opened(store, told_at=NOON + 3 * HOUR)
    assert look(store, now=NOON + 3 * HOUR) == 0
    assert look(store, now=NOON + 4 * HOUR) == 1


def test_an_alert_that_goes_on_is_not_resolved(store: Store) -> None:
    opened(store)
    record(store, match("b"), plans=PAGER, now=NOON + 50 * MINUTE)
    assert look(store, now=NOON + HOUR) == 0


def test_only_what_was_answered_is_resolved_unless_more_is_asked_for(store: Store) -> None:
    alert = opened(store)
    assert look(store, now=NOON + HOUR, plans=ANSWERED) == 0
    answer(store, AnswerKind.ACKNOWLEDGE, alert)
    assert look(store, now=NOON + HOUR, plans=ANSWERED) == 1


def test_a_notice_and_what_closed_long_ago_stay_as_they_are(store: Store) -> None:
    opened(store)
    notice = Notice(reason="quarantine", title="A log file was set aside", text="x")
    store.recorder.notify(notice, plans=[replace(PAGER[0], takes_notices=True)], now=NOON)
    for parcel in due(store):
        store.outbox.settle(parcel.delivery, Sent(remote_ref="x"), now=NOON, due_at=None)
    assert look(store, now=NOON + 9 * 24 * HOUR) == 0
    assert look(store, now=NOON + 24 * HOUR) == 1


def test_a_chat_hears_nothing_of_it(store: Store) -> None:
    chat = [plan(kinds=[DeliveryKind.OPEN])]
    record(store, match("a"), plans=chat)
    assert look(store, now=NOON + HOUR, plans=chat) == 0


def test_more_than_a_look_takes_in_are_resolved_by_the_next_ones(store: Store) -> None:
    """And those whose end nobody may hear of, of which there may be many, are in nobody's way."""
    store.recorder.complete(
        [result(*(match(f"m{n}", group=f"g{n}") for n in range(510)))], plans=ANSWERED, ruleset_digest="", now=NOON
    )
    with store.database.writing() as connection:
        alone = {"state": "sent", "due_at": None, "parent_id": None, "settled_at": NOON}
        connection.execute(update(deliveries).where(deliveries.c.kind == "open").values(alone))
    last = max(store.list_alerts(now=NOON, limit=600), key=lambda alert: alert.id)
    answer(store, AnswerKind.ACKNOWLEDGE, last)
    assert look(store, now=NOON + HOUR, plans=ANSWERED) == 1
    assert [look(store, now=NOON + HOUR) for _ in range(3)] == [500, 9, 0]
