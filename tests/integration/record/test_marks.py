"""What was in work, and how often an object ended what was at it, is known after a crash."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import ObjectState
from daemon.ports import LedgerRow
from daemon.record.store import Store, open_store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, result


@pytest.fixture
def row(store: Store) -> LedgerRow:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
    return pending(store)


def pending(store: Store) -> LedgerRow:
    (row,) = store.ledger.pending(SOURCE, now=NOON + timedelta(days=1), limit=10)
    return row


def test_what_was_in_work_is_what_a_process_said_last_before_it_ended(state_url: str) -> None:
    with open_store(state_url, now=NOON) as first:
        first.ledger.open_source(SOURCE, start_at=None, now=NOON)
        first.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
        row = pending(first)
        first.marks.mark([row.row_id + 7])
        first.marks.mark([row.row_id, row.row_id + 1])
    with open_store(state_url, now=NOON) as second:
        assert second.marks.marked() == [row.row_id]
        second.marks.mark([])
    with open_store(state_url, now=NOON) as third:
        assert third.marks.marked() == []


def test_very_many_objects_may_be_in_work(state_url: str) -> None:
    with open_store(state_url, now=NOON) as first:
        first.ledger.open_source(SOURCE, start_at=None, now=NOON)
        first.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
        row = pending(first)
        first.marks.mark(range(row.row_id, row.row_id + 70_000))
    with open_store(state_url, now=NOON) as second:
        assert second.marks.marked() == [row.row_id]
        assert second.marks.still_pending({row.row_id, row.row_id + 1}) == {row.row_id}
        assert second.marks.still_pending(set()) == set()


def test_what_was_finished_is_in_work_no_more(state_url: str, store: Store, row: LedgerRow) -> None:
    store.marks.mark([row.row_id])
    done = result(row_id=row.row_id, obj=row.object, state=ObjectState.DONE, reason=None)
    store.recorder.complete([done], plans=[], ruleset_digest="", now=NOON)
    store.close()
    with open_store(state_url, now=NOON) as second:
        assert second.marks.marked() == []


def test_what_a_living_daemon_has_in_work_is_nobody_elses_doubt(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as one, open_store(postgres_url, now=NOON) as other:
        one.leases.renew()
        other.leases.renew()
        one.ledger.open_source(SOURCE, start_at=None, now=NOON)
        one.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
        row = pending(one)
        one.marks.mark([row.row_id])
        assert (one.marks.marked(), other.marks.marked()) == ([], [])
        one.leases.release()  # as its end does, or its death after a while
        assert other.marks.marked() == [row.row_id]


def test_crashes_are_counted_and_shown_and_use_up_no_attempt(store: Store, row: LedgerRow) -> None:
    assert [store.marks.count_crash(row.row_id) for _ in range(3)] == [1, 2, 3]
    assert (pending(store).reason, pending(store).attempts) == ("crashed (3)", 0)


def test_a_refusal_begins_the_count_anew(store: Store, row: LedgerRow) -> None:
    store.marks.count_crash(row.row_id)
    store.ledger.defer(row.row_id, due_at=NOON, reason="throttled")
    assert store.marks.count_crash(row.row_id) == 1


def test_a_finished_object_keeps_nothing_of_it(store: Store, row: LedgerRow) -> None:
    store.marks.count_crash(row.row_id)
    done = result(row_id=row.row_id, obj=row.object, state=ObjectState.DONE, reason=None)
    store.recorder.complete([done], plans=[], ruleset_digest="", now=NOON)
    assert store.marks.count_crash(row.row_id) == 1  # nothing is there to count on
    (found,) = store.list_objects(states=list(ObjectState))
    assert (found.state, found.reason) == (ObjectState.DONE, None)
