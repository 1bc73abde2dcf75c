"""What was in work, and how often an object ended what was at it, is known after a crash."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import ObjectState
from daemon.ports import LedgerRow
from daemon.record.store import Store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, result


@pytest.fixture
def row(store: Store) -> LedgerRow:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
    return pending(store)


def pending(store: Store) -> LedgerRow:
    (row,) = store.ledger.pending(SOURCE, now=NOON + timedelta(days=1), limit=10)
    return row


def test_what_is_in_work_is_what_was_said_last(store: Store, row: LedgerRow) -> None:
    assert store.marks.marked() == []
    store.marks.mark([row.row_id])
    assert store.marks.marked() == [row.row_id]
    store.marks.mark([])
    assert store.marks.marked() == []


def test_what_was_finished_is_in_work_no_more(store: Store, row: LedgerRow) -> None:
    store.marks.mark([row.row_id, row.row_id + 1])
    done = result(row_id=row.row_id, obj=row.object, state=ObjectState.DONE, reason=None)
    store.recorder.complete([done], plans=[], ruleset_digest="", now=NOON)
    assert store.marks.marked() == []


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
