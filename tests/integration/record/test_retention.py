from __future__ import annotations

from datetime import datetime, timedelta

from daemon.model import Match, Sent
from daemon.record.retention import Pruned
from daemon.record.store import Store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result

DAY = timedelta(days=1)
KEEP_OBJECTS = timedelta(days=3)


def record(store: Store, *matches: Match, is_told: bool = False, unique: str | None = None) -> None:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object(unique or matches[0].event.id)), is_sweep=False, now=NOON)
    (row,) = store.ledger.pending(SOURCE, now=NOON, limit=1)
    done = result(*matches, row_id=row.row_id, obj=row.object)
    store.recorder.complete([done], plans=[plan()] if is_told else [], ruleset_digest="", now=NOON)


def forget_objects(store: Store, *, now: datetime) -> None:
    store.ledger.record_listing(SOURCE, listing(), is_sweep=True, now=now, done_before=now)


def prune(store: Store, *, after: timedelta, keep_alerts: timedelta = 90 * DAY) -> Pruned:
    return store.prune(keep_alerts=keep_alerts, keep_objects=KEEP_OBJECTS, now=NOON + after)


def test_old_closed_alerts_and_matches_go(store: Store) -> None:
    record(store, match("a"), match("b"))
    forget_objects(store, now=NOON + 90 * DAY)
    assert prune(store, after=90 * DAY) == Pruned(alerts=0, matches=0)
    assert prune(store, after=91 * DAY) == Pruned(alerts=1, matches=2)
    assert store.list_alerts(now=NOON) == []


def test_an_alert_that_is_owed_to_somebody_stays(store: Store) -> None:
    record(store, match(), is_told=True)
    assert prune(store, after=999 * DAY).alerts == 0
    for _ in range(2):
        (parcel,) = store.outbox.due("security", now=NOON, limit=9)
        store.outbox.settle(parcel.delivery, Sent(), now=NOON, due_at=None)
    assert prune(store, after=999 * DAY).alerts == 1
    assert store.list_deliveries() == []


def test_an_alert_that_still_grows_stays(store: Store) -> None:
    record(store, match("a"))
    assert prune(store, after=timedelta(minutes=30), keep_alerts=timedelta(0)).alerts == 0


def test_matches_outlive_the_time_in_which_their_file_could_come_back(store: Store) -> None:
    record(store, match())
    forget_objects(store, now=NOON + 38 * DAY)
    assert prune(store, after=38 * DAY, keep_alerts=DAY).matches == 0
    assert prune(store, after=39 * DAY, keep_alerts=DAY).matches == 1


def test_matches_stay_while_the_ledger_still_knows_their_file(store: Store) -> None:
    record(store, match())
    assert prune(store, after=999 * DAY).matches == 0
    forget_objects(store, now=NOON + 999 * DAY)
    assert prune(store, after=999 * DAY).matches == 1


def test_a_file_that_comes_again_after_its_alert_was_forgotten_alerts_nobody(store: Store) -> None:
    record(store, match("a"))
    assert prune(store, after=30 * DAY, keep_alerts=DAY).alerts == 1
    record(store, match("a"), is_told=True, unique="again")
    assert store.list_alerts(now=NOON) == []
    record(store, match("b"), is_told=True)
    assert len(store.list_alerts(now=NOON)) == 1


def test_more_than_one_batch_goes_at_once(store: Store) -> None:
    record(store, *(match(f"{number}", group=f"{number}") for number in range(999)))
    record(store, *(match(f"more-{number}", group=f"{number}") for number in range(999)))
    record(store, *(match(f"most-{number}", group=f"most-{number}") for number in range(999)))
    record(store, *(match(f"last-{number}", group=f"last-{number}") for number in range(999)))
    forget_objects(store, now=NOON + 91 * DAY)
    assert prune(store, after=91 * DAY) == Pruned(alerts=2997, matches=3996)
