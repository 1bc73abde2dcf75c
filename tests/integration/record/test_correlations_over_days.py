"""Correlations over days: what goes on for long, comes again, is forgotten, waits through an outage, or has changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from daemon.model import Alert, AlertState, Correlation, CorrelationType, Feed
from daemon.record.store import Settings, Store, open_scratch_store
from tests.doubles.correlating import bounds, contribution, correlation
from tests.doubles.state_values import NOON
from tests.integration.record.test_correlations import LATER, at, fired, record

DAYS = timedelta(days=1)
OTHER = correlation(rule_id="another")


def forget(store: Store, *, now: datetime) -> None:
    """As the daemon does every hour."""
    store.prune(keep_alerts=400 * DAYS, keep_objects=3 * DAYS, now=now)


def go_on(store: Store, *also: Correlation, days: int) -> None:
    """Nothing counts for these meanwhile, but event time goes on, and what is old is forgotten."""
    then = NOON + days * DAYS
    record(store, contribution(OTHER, f"after {days} days", at=then), of=[OTHER, *also], now=then)
    forget(store, now=then)


def alert_of(store: Store, alert_id: str) -> Alert:
    found = store.find_alert(alert_id, now=LATER)
    assert found is not None
    return found[0]


def one_over_another(lower_asks: object, upper_asks: object) -> list[Correlation]:
    upper = correlation(condition=upper_asks, minutes=60, rule_id="upper", base_is_correlation=True)  # type: ignore[arg-type]
    feeds = (Feed(correlation=upper, base=0),)
    lower = correlation(condition=lower_asks, minutes=10, rule_id="lower", feeds=feeds, is_silent=True)  # type: ignore[arg-type]
    return [lower, upper]


def test_a_burst_that_goes_on_for_longer_than_anything_is_remembered_stays_one_alert(sqlite_store: Store) -> None:
    of = correlation(condition=bounds(gte=2), minutes=10)
    opened = []
    for minute in range(0, 30 * 60, 9):
        opened += record(sqlite_store, contribution(of, f"e{minute}", at=at(minute)), of=[of], now=at(minute)).opened
        if not minute % 180:
            forget(sqlite_store, now=at(minute))
    (alert,) = opened
    assert (alert.first_at, alert_of(sqlite_store, alert.id).last_at) == (at(0), at(minute))


def test_half_of_a_forgotten_burst_that_is_delivered_again_tells_nothing_anew(store: Store) -> None:
    of = correlation(condition=bounds(gte=2), minutes=10)
    events = [contribution(of, name, at=at(minute)) for minute, name in enumerate("abc")]
    (alert,) = record(store, *events, of=[of]).opened
    go_on(store, of, days=5)
    again = record(store, events[0], events[2], of=[of], now=NOON + 5 * DAYS)
    assert again.opened == ()
    assert alert_of(store, alert.id) == alert


def test_events_that_are_delivered_again_open_no_closed_alert(store: Store) -> None:
    of = correlation(condition=bounds(gte=2))
    events = [contribution(of, "a", at=at(0)), contribution(of, "b", at=at(1))]
    (alert,) = record(store, *events, of=[of]).opened
    record(store, *events, of=[of], now=LATER + 2 * DAYS)
    found = store.find_alert(alert.id, now=LATER + 2 * DAYS)
    assert found is not None
    assert (found[0].state, found[0].grown_at) == (AlertState.CLOSED, alert.grown_at)


def test_bursts_that_turn_out_to_be_one_count_as_one_for_another_correlation(store: Store) -> None:
    of = one_over_another(bounds(gte=2), bounds(gte=2))
    events = [contribution(of[0], f"{minute}", at=at(minute)) for minute in (0, 1, 18, 19, 9)]
    for number in (0, 2, 4):
        record(store, *events[number : number + 2], of=of)
    with open_scratch_store(now=NOON, settings=Settings()) as at_once:
        record(at_once, *events, of=of)
        assert fired(store, of) == fired(at_once, of) == []


def test_a_burst_that_holds_no_more_counts_for_no_other_correlation(store: Store) -> None:
    of = one_over_another(bounds(eq=1), bounds(gte=1))
    (alert,) = record(store, contribution(of[0], "a", at=at(0)), of=of).opened
    record(store, contribution(of[0], "b", at=at(0)), of=of)
    assert fired(store, of) == []
    assert alert_of(store, alert.id).revised == "late events show that its condition did not hold"


def test_groups_of_which_only_an_alert_is_left_take_no_room(store: Store) -> None:
    of = correlation(condition=bounds(gte=1), max_groups=2)
    record(store, *(contribution(of, f"e{n}", group=f"user-{n}") for n in range(2)), of=[of])
    go_on(store, of, days=5)
    late = contribution(of, "new", at=NOON + 5 * DAYS, group="bob")
    (alert,) = record(store, late, of=[of], now=NOON + 5 * DAYS).opened
    assert alert.group == (("derived.principal", "bob"),)


def test_half_a_surrogate_pair_can_be_counted(store: Store) -> None:
    of = correlation(CorrelationType.VALUE_COUNT, bounds(["userAgent"], gte=2))
    values = [contribution(of, f"e{n}", values=(text,)) for n, text in enumerate(["\ud800", "\udfff"])]
    assert len(record(store, *values, of=[of]).opened) == 1


def test_what_a_changed_correlation_left_waiting_wakes_nobody(store: Store) -> None:
    before = correlation(condition=bounds(lt=3), rule_id="changes")
    after = correlation(condition=bounds(lt=3), rule_id="changes", bases=2)
    like_before = correlation(condition=bounds(lt=3), rule_id="another")
    record(store, contribution(before, "a"), of=[before], now=at(1))
    record(store, of=[after, like_before])
    assert store.recorder.next_look_at([after, like_before]) is None


def test_windows_that_waited_through_an_outage_are_looked_at_after_it(store: Store) -> None:
    of = correlation(condition=bounds(lt=5))
    record(store, contribution(of, "a", at=at(0)), of=[of], now=at(1))
    forget(store, now=NOON + 3 * DAYS)
    after = contribution(of, "b", at=NOON + 3 * DAYS, group="bob")
    (alert,) = record(store, after, of=[of], now=NOON + 3 * DAYS).opened
    assert alert.group == (("derived.principal", "alice"),)


def test_a_condition_may_be_asked_later_than_events_may_come(store: Store) -> None:
    of = correlation(condition=bounds(lt=5), settle=2 * DAYS)
    record(store, contribution(of, "a", at=at(0)), of=[of], now=at(1))
    go_on(store, of, days=1)
    assert record(store, of=[of], now=NOON + 3 * DAYS).opened != ()


def test_what_comes_too_late_for_a_condition_that_it_could_make_untrue_is_counted_and_left_out(store: Store) -> None:
    of = correlation(condition=bounds(lt=5))
    go_on(store, of, days=5)
    recorded = record(store, contribution(of, "a", at=at(0)), of=[of], now=NOON + 5 * DAYS)
    assert recorded.suppressed == {"too_late": 1}
    assert record(store, of=[of], now=NOON + 6 * DAYS).opened == ()


def test_a_correlation_that_was_disabled_goes_on_where_it_was_forgotten(store: Store) -> None:
    of = correlation(condition=bounds(lt=5))
    (alert,) = record(store, contribution(of, "a", at=at(0)), of=[of]).opened
    record(store, contribution(of, "b", at=at(5)), of=[OTHER])
    go_on(store, days=40)
    record(store, of=[of], now=NOON + 40 * DAYS)
    assert alert_of(store, alert.id).revised is None


def test_of_a_history_any_number_of_groups_is_followed() -> None:
    of = correlation(condition=bounds(gte=1), max_groups=2)
    with open_scratch_store(now=NOON) as history:
        recorded = record(history, *(contribution(of, f"e{n}", group=f"user-{n}") for n in range(5)), of=[of])
        assert history.recorder.conclude([of], now=LATER) == 5
    assert recorded.suppressed == {}
