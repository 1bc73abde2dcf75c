"""Mutes of correlations: a burst goes by what it is grouped by, and one that outlasts its mute is told after all."""

from __future__ import annotations

from datetime import datetime, timedelta

from daemon.model import (
    Alert,
    Answer,
    AnswerKind,
    AnswerOutcome,
    Contribution,
    DeliveryKind,
    KeptAnswer,
    MuteRequest,
    MuteScope,
    ObjectResult,
    ObjectState,
    Person,
)
from daemon.ports import Recorded
from daemon.record.store import Store
from tests.doubles.correlating import bounds, contribution, correlation
from tests.doubles.state_values import NOON, log_object, plan

ALICE, BOB = Person(id="slack:T1/U1", name="Alice"), Person(id="slack:T1/U2", name="Bob")
OF = correlation(condition=bounds(gte=2), minutes=10)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PLAN = plan(kinds=(DeliveryKind.OPEN,))


def record(store: Store, *found: Contribution, now: datetime = NOON) -> Recorded:
    done = ObjectResult(row_id=None, object=log_object(), state=ObjectState.DONE, contributions=found, events=1)
    return store.recorder.complete([done], plans=[PLAN], ruleset_digest="", now=now, correlations=[OF])


def burst(store: Store, name: str, *, at: datetime, now: datetime) -> Recorded:
    return record(store, contribution(OF, f"{name}1", at=at), contribution(OF, f"{name}2", at=at + MINUTE), now=now)


def mute(store: Store, alert: Alert, scope: MuteScope, *, now: datetime, duration: timedelta = DAY) -> KeptAnswer:
    request = MuteRequest(scope=scope, duration=duration, reason="known job")
    return store.answers.give(
        Answer(kind=AnswerKind.MUTE, by=ALICE, alert_id=alert.id, mute=request), plans=[], now=now
    )


def mute_for_all(store: Store, alert: Alert, *, now: datetime) -> None:
    kept = mute(store, alert, MuteScope.ALL, now=now)
    assert kept.mute is not None
    store.answers.give(Answer(kind=AnswerKind.CONFIRM_MUTE, by=BOB, mute_id=kept.mute.id), plans=[], now=now)


def opens(store: Store) -> int:
    return len(store.list_deliveries(limit=None))


def test_a_muted_burst_is_recorded_and_counted_and_told_to_nobody(store: Store) -> None:
    (alert,) = burst(store, "a", at=NOON, now=NOON + MINUTE).opened
    mute_for_all(store, alert, now=NOON + MINUTE)
    recorded = burst(store, "b", at=NOON + timedelta(hours=3), now=NOON + timedelta(hours=4))
    assert recorded.suppressed == {"muted": 1}
    (muted,) = recorded.opened
    assert muted.muted_by == 1
    assert opens(store) == 1


def test_a_burst_is_muted_by_account_only_where_it_is_grouped_by_it(store: Store) -> None:
    (alert,) = burst(store, "a", at=NOON, now=NOON + MINUTE).opened
    assert alert.group == (("derived.principal", "alice"),)
    assert mute(store, alert, MuteScope.ACCOUNT, now=NOON).outcome is AnswerOutcome.UNFIT
    assert mute(store, alert, MuteScope.IDENTITY, now=NOON).outcome is AnswerOutcome.UNFIT


def test_a_burst_that_goes_on_past_its_mute_is_told_then(store: Store) -> None:
    (alert,) = burst(store, "a", at=NOON, now=NOON + MINUTE).opened
    mute_for_all(store, alert, now=NOON + MINUTE)
    started = NOON + timedelta(hours=23)
    (muted,) = burst(store, "b", at=started, now=started).opened
    later = started + timedelta(hours=2)
    (told,) = record(store, contribution(OF, "b3", at=started + 5 * MINUTE), now=later).opened
    assert (told.id, told.count, told.muted_by) == (muted.id, 3, None)
    assert opens(store) == 2
    assert record(store, contribution(OF, "b4", at=started + 6 * MINUTE), now=later).opened == ()
    assert opens(store) == 2
