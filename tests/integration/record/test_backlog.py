"""Alerts about old events: a few are told one by one, the rest in one summary; and quiet hours hold back low ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from daemon.model import Delivery, DeliveryKind, DeliveryState, Gathering, Level, QuietHours, Sent
from daemon.record.store import Settings, Store, open_store
from tests.doubles.owing import HOUR, MINUTE, due, kinds, record, settle
from tests.doubles.state_values import NOON, match, plan, rule

OLD = NOON - timedelta(days=3)
FEW = [replace(plan(), late_messages=3)]
NIGHT = [replace(plan(), quiet=QuietHours(begins=time(11), ends=time(14), zone=UTC, min_level=Level.HIGH))]


def late(store: Store, count: int, *, now: datetime = NOON, prefix: str = "late", level: Level = Level.HIGH) -> None:
    of = rule(f"{prefix}-{level}", level=level)
    found = [match(f"{prefix}-{n:02}", group=f"{prefix}-{n}", at=OLD, of=of) for n in range(count)]
    record(store, *found, plans=FEW, now=now)


def summaries(store: Store) -> list[Delivery]:
    return [each for each in store.list_deliveries(limit=1000) if each.kind is DeliveryKind.SUMMARY]


def test_past_a_few_late_alerts_come_as_one_summary(store: Store) -> None:
    late(store, 5)
    assert kinds(due(store)) == ["open"] * 3
    (summary,) = summaries(store)
    assert (summary.gathers, summary.due_at) == (Gathering.BACKLOG, NOON + 5 * MINUTE)
    (told,) = (each for each in due(store, now=NOON + 5 * MINUTE) if each.delivery.kind is DeliveryKind.SUMMARY)
    assert len(told.alerts) == 2
    assert all(alert.is_late for alert in told.alerts)


def test_the_summary_waits_as_long_as_more_comes_but_an_hour_at_most(store: Store) -> None:
    for turn in range(13):
        late(store, 5, now=NOON + turn * 4.9 * MINUTE, prefix=f"turn-{turn}")
    first, *others = reversed(summaries(store))
    assert (first.due_at, len(others)) == (NOON + HOUR, 0)
    late(store, 5, now=NOON + 62 * MINUTE, prefix="next")
    assert len(summaries(store)) == 2


def test_fresh_alerts_find_room_beside_a_backlog(store: Store) -> None:
    late(store, 30)
    fresh = [match(f"fresh-{n:02}", group=f"fresh-{n}", of=rule("fresh")) for n in range(20)]
    record(store, *fresh, plans=FEW, now=NOON + MINUTE / 2)
    told = [alert for parcel in due(store, now=NOON + MINUTE / 2) for alert in parcel.alerts]
    assert sum(alert.rule_id == "fresh" for alert in told) == 20
    assert sum(alert.is_late for alert in told) == 3


def test_of_a_backlog_the_gravest_are_told_one_by_one(store: Store) -> None:
    low = [match(f"low-{n}", group=f"low-{n}", at=OLD, of=rule("low", level=Level.LOW)) for n in range(9)]
    record(store, *low, match("grave", at=OLD, of=rule("grave", level=Level.CRITICAL)), plans=FEW)
    assert due(store)[0].alerts[0].rule_id == "grave"


def test_each_late_alert_is_told_once_and_stays_an_alert(store: Store) -> None:
    late(store, 8)
    for parcel in due(store, now=NOON + 5 * MINUTE):
        settle(store, parcel.delivery, Sent())
    opens = [each for each in store.list_deliveries(limit=99) if each.kind is DeliveryKind.OPEN]
    assert [each.state for each in opens] == [DeliveryState.SENT] * 8
    assert len(store.list_alerts(now=NOON)) == 8


def test_draining_tells_a_backlog_at_once(store: Store) -> None:
    late(store, 5)
    assert kinds(due(store, drain=True)).count("summary") == 1


@pytest.fixture
def soon_late(state_url: str) -> Iterator[Store]:
    with open_store(state_url, now=NOON, settings=Settings(late_after=HOUR)) as opened:
        yield opened


def test_when_an_alert_counts_as_late_is_a_setting(soon_late: Store) -> None:
    record(soon_late, match("x", at=NOON - 2 * HOUR), plans=FEW)
    (alert,) = soon_late.list_alerts(now=NOON)
    assert alert.is_late


def test_low_alerts_wait_for_the_end_of_quiet_hours(store: Store) -> None:
    medium, critical = rule("medium", level=Level.MEDIUM), rule("critical", level=Level.CRITICAL)
    recorded = record(store, match("a", of=medium), match("b", of=critical), plans=NIGHT)
    record(store, match("c", group="bob", of=medium), plans=NIGHT, now=NOON + HOUR)
    assert recorded.suppressed == {"quiet": 1}
    assert [parcel.alerts[0].rule_id for parcel in due(store, now=NOON + HOUR)] == ["critical"]
    (summary,) = summaries(store)
    assert (summary.gathers, summary.due_at) == (Gathering.QUIET, NOON + 2 * HOUR)
    (told,) = (each for each in due(store, now=NOON + 2 * HOUR) if each.delivery.kind is DeliveryKind.SUMMARY)
    assert [alert.rule_id for alert in told.alerts] == ["medium", "medium"]


def test_draining_keeps_quiet_hours(store: Store) -> None:
    record(store, match("a", of=rule("medium", level=Level.MEDIUM)), plans=NIGHT)
    assert due(store, drain=True) == []


def test_what_waits_for_the_end_of_quiet_hours_is_not_overdue_before(store: Store) -> None:
    record(store, match("a", of=rule("medium", level=Level.MEDIUM)), plans=NIGHT)
    assert store.counts(now=NOON).destinations == {}
    counted = store.counts(now=NOON + 3 * HOUR).destinations["security"]
    assert (counted.pending, counted.oldest_at) == (1, NOON + 2 * HOUR)
