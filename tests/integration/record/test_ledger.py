from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from daemon.model import LogObject, ObjectState
from daemon.ports import Ledger, LedgerRow, Listing
from daemon.record.store import Store
from tests.doubles.state_values import AMERICA, EUROPE, NOON, SOURCE, listing, log_object, result

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    store.ledger.open_source(SOURCE, start_at=NOON - HOUR, now=NOON)
    return store.ledger


def record(ledger: Ledger, *objects: LogObject, is_sweep: bool = False) -> int:
    return ledger.record_listing(SOURCE, listing(*objects), is_sweep=is_sweep, now=NOON)


def pending(ledger: Ledger, *, limit: int = 100) -> list[LedgerRow]:
    return ledger.pending(SOURCE, now=NOON, limit=limit)


def complete(store: Store, row: LedgerRow, state: ObjectState = ObjectState.DONE, reason: str | None = None) -> None:
    done = result(row_id=row.row_id, obj=row.object, state=state, reason=reason)
    store.recorder.complete([done], plans=[], ruleset_digest="", now=NOON)


def test_a_source_keeps_the_start_it_was_first_seen_with(store: Store) -> None:
    assert store.ledger.open_source(SOURCE, start_at=NOON, now=NOON) == NOON
    assert store.ledger.open_source(SOURCE, start_at=None, now=NOON + DAY) == NOON


def test_a_source_without_bound_stays_without_bound(store: Store) -> None:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    assert store.ledger.open_source(SOURCE, start_at=NOON, now=NOON) is None


def test_an_object_comes_back_as_it_was_listed(ledger: Ledger) -> None:
    obj = log_object()
    assert record(ledger, obj) == 1
    (row,) = pending(ledger)
    assert row.object == obj
    assert (row.source, row.state, row.attempts, row.seen_at) == (SOURCE, ObjectState.PENDING, 0, NOON)


def test_an_object_of_an_odd_name_and_url_comes_back_as_it_was_listed(ledger: Ledger) -> None:
    folder = replace(EUROPE, bucket="file:examples/bucket")
    odd = replace(
        log_object(shard=folder), key=f"{EUROPE.path}/2026/05/03/odd name.json", url="file:examples/odd%20name"
    )
    plain = replace(log_object("EEEE", shard=folder), url=f"file:examples/bucket/{log_object('EEEE').key}")
    ledger.record_listing(SOURCE, listing(odd, plain, shard=folder), is_sweep=False, now=NOON)
    assert {row.object for row in pending(ledger)} == {odd, plain}


def test_a_known_object_is_not_new_again(ledger: Ledger) -> None:
    assert record(ledger, log_object("A"), log_object("B")) == 2
    assert record(ledger, log_object("B"), log_object("C"), log_object("C")) == 1
    assert len(pending(ledger)) == 3


def test_a_finished_object_is_not_pending_again_when_listed_again(store: Store, ledger: Ledger) -> None:
    record(ledger, log_object())
    complete(store, pending(ledger)[0])
    assert record(ledger, log_object()) == 0
    assert pending(ledger) == []


def test_ten_thousand_objects_are_taken_in_at_once(ledger: Ledger) -> None:
    assert record(ledger, *(log_object(f"{number:016d}") for number in range(10_001))) == 10_001


def test_a_listing_moves_the_watermark_and_a_sweep_its_own_mark_too(ledger: Ledger) -> None:
    record(ledger)
    assert ledger.shard_states(SOURCE)[EUROPE.path].listed_at == NOON
    assert ledger.shard_states(SOURCE)[EUROPE.path].swept_at is None
    later = listing(listed_at=NOON + HOUR)
    ledger.record_listing(SOURCE, later, is_sweep=True, now=NOON)
    state = ledger.shard_states(SOURCE)[EUROPE.path]
    assert (state.shard, state.listed_at, state.swept_at) == (EUROPE, NOON + HOUR, NOON + HOUR)


def test_a_listing_that_breaks_off_leaves_neither_rows_nor_watermark(ledger: Ledger) -> None:
    class BrokenOff(Exception):
        pass

    class Breaking(list[LogObject]):
        def __iter__(self) -> Iterator[LogObject]:
            yield log_object("A")
            raise BrokenOff

    with pytest.raises(BrokenOff):
        ledger.record_listing(
            SOURCE, Listing(shard=EUROPE, listed_at=NOON, objects=Breaking()), is_sweep=False, now=NOON
        )
    assert pending(ledger) == []
    assert ledger.shard_states(SOURCE) == {}


def test_the_oldest_stamp_comes_first_whatever_its_shard(ledger: Ledger) -> None:
    record(ledger, log_object("A", stamped_at=NOON), log_object("B", stamped_at=NOON - DAY))
    middle = log_object("C", shard=AMERICA, stamped_at=NOON - HOUR)
    ledger.record_listing(SOURCE, listing(middle, shard=AMERICA), is_sweep=False, now=NOON)
    assert [row.object.unique for row in pending(ledger)] == ["B", "C", "A"]
    assert [row.object.unique for row in pending(ledger, limit=1)] == ["B"]


def test_what_was_never_tried_comes_before_what_was_refused(ledger: Ledger) -> None:
    refused, fresh = log_object("AAAABBBBCCCCDDDD"), log_object("EEEEBBBBCCCCDDDD", stamped_at=NOON + HOUR)
    record(ledger, refused)
    ledger.defer(pending(ledger)[0].row_id, due_at=NOON, reason="access_denied")
    record(ledger, fresh)

    assert [row.object.unique for row in pending(ledger)] == [fresh.unique, refused.unique]
    assert [row.object.unique for row in pending(ledger, limit=1)] == [fresh.unique]


def test_an_object_that_was_gone_and_is_listed_again_is_pending_again(store: Store, ledger: Ledger) -> None:
    record(ledger, log_object())
    complete(store, pending(ledger)[0], ObjectState.GONE)
    assert pending(ledger) == []

    assert record(ledger, log_object()) == 1
    (row,) = pending(ledger)
    assert (row.state, row.reason, row.attempts) == (ObjectState.PENDING, None, 0)
    assert record(ledger, log_object()) == 0


def test_objects_of_another_source_are_not_taken(ledger: Ledger) -> None:
    record(ledger, log_object())
    ledger.open_source("s3://other", start_at=None, now=NOON)
    assert ledger.pending("s3://other", now=NOON, limit=10) == []
    assert ledger.next_due_at("s3://other") is None
    assert ledger.shard_states("s3://other") == {}


def test_a_deferred_object_waits_and_tells_why(ledger: Ledger) -> None:
    record(ledger, log_object())
    (row,) = pending(ledger)
    ledger.defer(row.row_id, due_at=NOON + HOUR, reason="kms_denied")
    assert pending(ledger) == []
    assert ledger.next_due_at(SOURCE) == NOON + HOUR
    (again,) = ledger.pending(SOURCE, now=NOON + HOUR, limit=10)
    assert (again.reason, again.attempts, again.state) == ("kms_denied", 1, ObjectState.PENDING)


def test_a_finished_object_cannot_be_deferred(store: Store, ledger: Ledger) -> None:
    record(ledger, log_object())
    (row,) = pending(ledger)
    complete(store, row)
    ledger.defer(row.row_id, due_at=NOON, reason="throttled")
    assert pending(ledger) == []


def test_a_paused_shard_gives_nothing_until_its_time_and_holds_no_other_back(ledger: Ledger) -> None:
    record(ledger, log_object("A"))
    ledger.record_listing(SOURCE, listing(log_object("B", shard=AMERICA), shard=AMERICA), is_sweep=False, now=NOON)
    ledger.pause_shard(SOURCE, EUROPE.path, until=NOON + HOUR, reason="access_denied")
    assert [row.object.unique for row in pending(ledger)] == ["B"]
    assert len(ledger.pending(SOURCE, now=NOON + HOUR, limit=10)) == 2


def test_a_paused_shard_falls_due_when_its_pause_ends(ledger: Ledger) -> None:
    record(ledger, log_object())
    ledger.pause_shard(SOURCE, EUROPE.path, until=NOON + HOUR, reason="access_denied")
    assert ledger.next_due_at(SOURCE) == NOON + HOUR


def test_a_run_of_many_hours_tries_nothing_twice_and_takes_what_has_come_since(ledger: Ledger) -> None:
    record(ledger, log_object("refused"))
    ledger.defer(pending(ledger)[0].row_id, due_at=NOON + HOUR, reason="access_denied")
    later = NOON + 5 * HOUR
    ledger.record_listing(SOURCE, listing(log_object("new")), is_sweep=False, now=later)
    due = ledger.pending(SOURCE, now=later, began_at=NOON, limit=9)
    assert [row.object.unique for row in due] == ["new"]
    assert len(ledger.pending(SOURCE, now=later, limit=9)) == 2  # the next run tries it again


def test_a_clock_that_was_set_back_holds_no_object_up(ledger: Ledger) -> None:
    record(ledger, log_object())
    assert len(ledger.pending(SOURCE, now=NOON - 3 * HOUR, limit=9)) == 1


def test_a_clock_that_was_set_back_holds_no_paused_shard_up(ledger: Ledger) -> None:
    record(ledger, log_object())
    ledger.pause_shard(SOURCE, EUROPE.path, until=NOON + HOUR, reason="access_denied")
    assert pending(ledger) == []  # an hour is the longest pause
    assert len(ledger.pending(SOURCE, now=NOON - 3 * HOUR, limit=9)) == 1


def test_a_resumed_shard_gives_its_objects_again(ledger: Ledger) -> None:
    record(ledger, log_object())
    ledger.pause_shard(SOURCE, EUROPE.path, until=NOON + HOUR, reason="access_denied")
    ledger.pause_shard(SOURCE, EUROPE.path, until=None, reason="")
    assert len(pending(ledger)) == 1


def test_pausing_a_shard_that_is_not_known_does_nothing(ledger: Ledger) -> None:
    ledger.pause_shard(SOURCE, "AWSLogs/444455556666/CloudTrail/eu-west-1", until=NOON, reason="throttled")
    assert ledger.shard_states(SOURCE) == {}


def test_nothing_is_due_when_nothing_is_pending(ledger: Ledger) -> None:
    assert ledger.next_due_at(SOURCE) is None


OLD, NEW = NOON - 40 * DAY, NOON
PRUNING = [
    pytest.param(OLD, OLD, ObjectState.DONE, False, id="old by stamp and by LastModified goes"),
    pytest.param(OLD, OLD, ObjectState.GONE, False, id="gone goes as done does"),
    pytest.param(OLD, NEW, ObjectState.DONE, True, id="delivered lately stays"),
    pytest.param(NEW, OLD, ObjectState.DONE, True, id="stamped lately stays"),
    pytest.param(OLD, OLD, ObjectState.QUARANTINED, True, id="quarantined stays"),
    pytest.param(OLD, OLD, ObjectState.PENDING, True, id="pending stays"),
]


@pytest.mark.parametrize(("stamped_at", "last_modified", "state", "is_kept"), PRUNING)
def test_a_sweep_forgets_only_what_is_finished_and_old(
    store: Store, ledger: Ledger, stamped_at: datetime, last_modified: datetime, state: ObjectState, is_kept: bool
) -> None:
    record(ledger, log_object(stamped_at=stamped_at, last_modified=last_modified))
    if state is not ObjectState.PENDING:
        complete(store, pending(ledger)[0], state, "gzip" if state is ObjectState.QUARANTINED else None)
    ledger.record_listing(SOURCE, listing(), is_sweep=True, now=NOON, done_before=NOON - 35 * DAY)
    assert bool(store.list_objects(states=[state])) is is_kept


def test_a_key_from_the_year_2099_blinds_nothing(ledger: Ledger) -> None:
    planted = log_object("F", stamped_at=NOON.replace(year=2099))
    record(ledger, planted)
    assert ledger.shard_states(SOURCE)[EUROPE.path].listed_at == NOON
    assert record(ledger, log_object("A")) == 1
