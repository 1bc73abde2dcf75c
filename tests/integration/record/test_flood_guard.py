from __future__ import annotations

import pytest

from daemon.model import (
    Dead,
    DeliveryKind,
    DeliveryState,
    Level,
    Retry,
    SendOutcome,
    Sent,
)
from daemon.record.store import Store
from tests.doubles.owing import HOUR, MINUTE, SECOND, due, flood, kinds, record, settle, states
from tests.doubles.state_values import NOON, match, plan, rule


def test_twenty_alerts_a_minute_are_told_one_by_one_and_the_rest_in_one_summary(store: Store) -> None:
    recorded = flood(store, 25)
    assert (len(recorded.opened), recorded.suppressed) == (25, {"flood": 5})
    assert kinds(due(store)) == ["open"] * 20
    told = due(store, now=NOON + MINUTE)
    (summary,) = (parcel for parcel in told if parcel.delivery.kind is DeliveryKind.SUMMARY)
    assert len(told) == 21
    assert summary.delivery.seq == NOON.timestamp() // 60
    assert summary.delivery.due_at == NOON + MINUTE
    assert {alert.group[1][1] for alert in summary.alerts} == {f"flood-{number:03d}" for number in range(20, 25)}
    assert len(store.list_alerts(now=NOON)) == 25


def test_the_minute_is_counted_over_transactions(store: Store) -> None:
    flood(store, 15, prefix="a")
    flood(store, 15, prefix="b", now=NOON + 30 * SECOND)
    flood(store, 15, prefix="c", now=NOON + 59 * SECOND)
    told = due(store, now=NOON + MINUTE)
    assert kinds(told).count("open") == 20
    (summary,) = (parcel for parcel in told if parcel.delivery.kind is DeliveryKind.SUMMARY)
    assert len(summary.alerts) == 25


def test_the_next_minute_begins_anew(store: Store) -> None:
    flood(store, 25, prefix="a")
    flood(store, 25, prefix="b", now=NOON + MINUTE)
    assert kinds(due(store, now=NOON + 2 * MINUTE)).count("summary") == 2
    assert kinds(due(store, now=NOON + 2 * MINUTE)).count("open") == 40


def test_in_a_flood_the_gravest_are_told_one_by_one(store: Store) -> None:
    low = [match(f"low-{n}", group=f"low-{n}", of=rule("low", level=Level.LOW)) for n in range(25)]
    grave = match("grave", of=rule("grave", level=Level.CRITICAL))
    record(store, *low, grave)
    assert due(store)[0].alerts[0].rule_id == "grave"


def test_a_summary_has_the_highest_level_it_tells(store: Store) -> None:
    flood(store, 21, level=Level.MEDIUM)
    flood(store, 2, prefix="more", now=NOON + SECOND, level=Level.LOW)
    flood(store, 2, prefix="grave", now=NOON + SECOND, level=Level.CRITICAL)
    (summary,) = (d for d in store.list_deliveries(limit=99) if d.kind is DeliveryKind.SUMMARY)
    assert summary.level is Level.CRITICAL


def test_held_opens_are_sent_with_their_summary(store: Store) -> None:
    flood(store, 22)
    for parcel in due(store, now=NOON + MINUTE):
        settle(store, parcel.delivery, Sent(remote_ref=f"C1/{parcel.delivery.kind.value}"))
    opens = [d for d in store.list_deliveries(limit=99) if d.kind is DeliveryKind.OPEN]
    assert {d.state for d in opens} == {DeliveryState.SENT}
    assert [d.remote_ref for d in opens].count("C1/summary") == 2


def test_held_opens_die_with_their_summary_and_come_back_with_it(store: Store) -> None:
    flood(store, 22)
    (summary,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    settle(store, summary.delivery, Dead(reason="invalid_blocks"))
    assert states(store).count(("open", "dead", "parent_dead")) == 2
    assert store.retry_deliveries([summary.delivery.id], now=NOON) == 3
    (again,) = (p for p in due(store) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(again.alerts) == 2
    assert states(store).count(("open", "held", None)) == 2


def test_draining_ends_the_minute_and_what_floods_in_then_has_a_summary_of_its_own(store: Store) -> None:
    flood(store, 22, prefix="a")
    (first,) = (p for p in due(store, drain=True) if p.delivery.kind is DeliveryKind.SUMMARY)
    flood(store, 3, prefix="b", now=NOON + SECOND)
    settle(store, first.delivery, Sent())
    (second,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert (len(first.alerts), len(second.alerts)) == (2, 3)


@pytest.mark.parametrize("outcome", [Sent(remote_ref="C1/1.0"), Dead(reason="invalid_blocks")], ids=["sent", "dead"])
def test_an_alert_held_while_its_summary_is_on_its_way_is_not_lost(store: Store, outcome: SendOutcome) -> None:
    """A clock that stepped back, or another process's, lets a summary take in more after it was handed out."""
    flood(store, 22, prefix="a")
    (on_its_way,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    flood(store, 3, prefix="b", now=NOON + 59 * SECOND)
    settle(store, on_its_way.delivery, outcome)
    (summary,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(on_its_way.alerts) == 2
    assert {alert.group[1][1] for alert in summary.alerts} == {"b-000", "b-001", "b-002"}
    settle(store, summary.delivery, Sent())
    assert [state for state in states(store) if "held" in state] == []


def test_a_summary_that_failed_takes_in_what_was_held_meanwhile(store: Store) -> None:
    flood(store, 22, prefix="a")
    (on_its_way,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    flood(store, 3, prefix="b", now=NOON + 59 * SECOND)
    settle(store, on_its_way.delivery, Retry(reason="lost_answer"), NOON + MINUTE)
    (again,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(again.alerts) == 5


def test_draining_does_not_bring_a_failed_summary_forward(store: Store) -> None:
    flood(store, 21)
    (summary,) = (p for p in due(store, drain=True) if p.delivery.kind is DeliveryKind.SUMMARY)
    settle(store, summary.delivery, Retry(reason="ratelimited"), NOON + HOUR)
    assert "summary" not in kinds(due(store, drain=True))


def test_a_flood_of_thousands_comes_with_the_samples_of_the_gravest_only(store: Store) -> None:
    flood(store, 120, level=Level.LOW)
    flood(store, 5, prefix="grave", level=Level.CRITICAL)
    (summary,) = (p for p in due(store, now=NOON + MINUTE) if p.delivery.kind is DeliveryKind.SUMMARY)
    assert len(summary.alerts) == 105
    assert sum(bool(alert.samples) for alert in summary.alerts) == 50
    assert [alert.level for alert in summary.alerts[:6]] == [Level.CRITICAL] * 5 + [Level.LOW]


def test_one_destination_in_flood_holds_nothing_back_elsewhere(store: Store) -> None:
    flood(store, 20)
    record(store, match("x", group="x"), plans=[plan("security"), plan("other")], now=NOON + SECOND)
    assert [d.state for d in store.list_deliveries(limit=99) if d.destination == "other"] == [DeliveryState.DUE] * 2
