"""What was held back and becomes serious is told by itself, and what holds nothing any more is told to nobody."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, time, timedelta

import pytest
from sqlalchemy import text

from daemon.model import Dead, DeliveryKind, DeliveryState, Level, QuietHours
from daemon.record.alerts import load_alerts
from daemon.record.revise import owe_revisions
from daemon.record.store import Store
from tests.doubles.owing import HOUR, MINUTE, SECOND, due, kinds, record
from tests.doubles.state_values import NOON, match, rule
from tests.integration.record.test_talk import PLAN, RISING, a_match, grow, opened, send_all, told

QUIET = QuietHours(begins=time(11), ends=time(20), zone=UTC, min_level=Level.CRITICAL)


def states(store: Store) -> Counter[str]:
    return Counter(each.state.value for each in store.list_deliveries(limit=1000))


def test_a_summary_that_holds_nothing_any_more_is_told_to_nobody(store: Store) -> None:
    plans = [replace(PLAN[0], quiet=QUIET)]
    record(store, a_match(0, of=RISING), plans=plans)
    for n in range(1, 4):
        grow(store, a_match(n, of=RISING), now=NOON + MINUTE, plans=plans)
    assert send_all(store, now=NOON + 2 * MINUTE)[0] == "open"
    assert "summary" not in kinds(due(store, now=NOON + 9 * HOUR))


def test_of_what_rises_by_hundreds_only_some_leave_their_summary_in_a_minute(store: Store) -> None:
    groups = [f"g{number}" for number in range(100)]
    record(store, *(match(f"{group}-0", group=group, of=RISING) for group in groups), plans=PLAN)
    for turn in (1, 2):
        more = [match(f"{group}-{turn}", group=group, of=RISING) for group in groups]
        record(store, *more, plans=PLAN, now=NOON + turn * SECOND)
    assert states(store)["held"] == 60  # of a hundred, twenty were told and twenty have left


def test_what_was_told_before_takes_nobody_out_of_a_summary(store: Store) -> None:
    calls = [
        match(
            f"{n}-{turn}",
            group=f"g{n}",
            record={"eventName": "D", **({"errorCode": "AccessDenied"} if turn == 0 else {})},
        )
        for n in range(30)
        for turn in (0, 1)
    ]
    record(store, *calls, plans=PLAN)
    before = states(store)["held"]
    assert before == 10
    record(
        store,
        *(match(f"{n}-2", group=f"g{n}", record={"eventName": "D"}) for n in range(30)),
        plans=PLAN,
        now=NOON + SECOND,
    )
    assert states(store)["held"] == before


def test_a_late_alert_that_goes_on_now_waits_for_no_backlog(store: Store) -> None:
    plans = [replace(PLAN[0], late_messages=0)]
    record(store, match("old", at=NOON - timedelta(days=3)), plans=plans)
    assert kinds(due(store, now=NOON + 2 * MINUTE)) == []
    grow(store, match("new", at=NOON + MINUTE), now=NOON + MINUTE, plans=plans)
    assert kinds(due(store, now=NOON + 2 * MINUTE)) == ["open"]


def test_a_message_that_was_given_up_is_tried_again_when_its_alert_rises(store: Store) -> None:
    record(store, a_match(0, of=RISING), plans=PLAN)
    (parcel,) = due(store)
    store.outbox.settle(parcel.delivery, Dead(reason="refused_alone"), now=NOON, due_at=None)
    grow(store, a_match(1, of=RISING), now=NOON + MINUTE)
    assert kinds(due(store, now=NOON + HOUR)) == []
    grow(store, a_match(2, of=RISING), now=NOON + 2 * MINUTE)
    assert kinds(due(store, now=NOON + HOUR)) == ["open"]


def test_of_repeats_the_gravest_come_first(store: Store) -> None:
    lasting = timedelta(days=9)
    low, grave = (
        rule("low", level=Level.LOW, close_after=lasting),
        rule("grave", level=Level.CRITICAL, close_after=lasting),
    )
    for number in range(30):
        record(store, match(f"l{number}", group=f"l{number}", of=low), plans=PLAN, now=NOON + number * MINUTE)
    record(store, match("c", group="c", of=grave), plans=PLAN, now=NOON + 40 * MINUTE)
    send_all(store, now=NOON + HOUR)
    later = NOON + 6 * HOUR
    more = [match(f"l{number}-1", group=f"l{number}", of=low) for number in range(30)]
    record(store, *more, match("c-1", group="c", of=grave), plans=PLAN, now=later)
    rung = [
        parcel.delivery for parcel in due(store, now=later, limit=100) if parcel.delivery.kind is DeliveryKind.BROADCAST
    ]
    assert len(rung) == 20
    assert rung[0].level is Level.CRITICAL


def test_a_clock_a_little_behind_hands_nothing_out_that_is_held(store: Store) -> None:
    record(store, a_match(0), plans=[replace(PLAN[0], quiet=QUIET)])
    assert kinds(due(store, now=NOON - timedelta(milliseconds=200))) == []


def test_repeats_go_on_after_a_clock_that_was_ahead(store: Store) -> None:
    record(store, a_match(0), plans=PLAN)
    (parcel,) = due(store, now=NOON)
    told(store, parcel, now=NOON + timedelta(days=365))
    grow(store, a_match(1), now=NOON + 30 * MINUTE)
    assert "broadcast" in kinds(due(store, now=NOON + 30 * MINUTE))


def test_growth_during_a_send_rings_in_no_quiet_hours(store: Store) -> None:
    night = NOON + 45 * MINUTE
    plans = [replace(PLAN[0], quiet=replace(QUIET, begins=time(12, 30)))]
    record(store, a_match(0), plans=plans)
    send_all(store, now=NOON)
    grow(store, a_match(1), now=night, plans=plans)
    (update,) = due(store, now=night)
    grow(store, a_match(2, region="eu-west-1"), now=night, plans=plans)
    told(store, update, now=night)
    assert "broadcast" not in kinds(due(store, now=night + HOUR))
    assert "broadcast" in kinds(due(store, now=NOON + 9 * HOUR))


def test_what_is_taken_back_while_a_reply_is_on_its_way_is_told_in_another(store: Store) -> None:
    opened(store)
    grow(store, a_match(1, sourceIPAddress="198.51.100.9"), now=NOON + SECOND)
    reply = next(each for each in due(store, now=NOON + 2 * MINUTE) if each.delivery.kind is DeliveryKind.REPLY)
    with store.database.writing() as connection:
        (alert,) = store.list_alerts(now=NOON)
        connection.execute(text("update alerts set revised = 'it did not hold', version = version + 1"))
        revised = load_alerts(connection, [alert.id], now=NOON)[alert.id]
        owe_revisions(connection, [revised], PLAN, now=NOON + 2 * MINUTE)
    told(store, reply, now=NOON + 2 * MINUTE)
    assert "reply" in kinds(due(store, now=NOON + 2 * MINUTE))


@pytest.mark.parametrize("waits", [0, 49])
def test_a_backlog_that_waits_for_its_lull_is_not_stuck(store: Store, waits: int) -> None:
    plans = [replace(PLAN[0], late_messages=0)]
    for minute in range(0, 50, 4):
        old = match(f"old{minute}", group=f"g{minute}", at=NOON - timedelta(days=3))
        record(store, old, plans=plans, now=NOON + minute * MINUTE)
    counted = store.counts(now=NOON + waits * MINUTE).destinations.get("security")
    assert counted is None or counted.pending == 0
    assert any(each.state is DeliveryState.HELD for each in store.list_deliveries())
