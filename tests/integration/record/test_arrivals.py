"""Log files that a queue told of, in the ledger beside those that listings gave."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import LogObject, ObjectState, Shard
from daemon.ports import Arrival, Ledger
from daemon.record.store import Store
from tests.doubles.state_values import AMERICA, EUROPE, NOON, SOURCE, listing, log_object, result

OTHER = "s3://other"


@pytest.fixture
def ledger(store: Store) -> Ledger:
    store.ledger.open_source(SOURCE, start_at=NOON, now=NOON)
    return store.ledger


def arrival(obj: LogObject, shard: Shard = EUROPE, source: str = SOURCE) -> Arrival:
    return Arrival(source=source, shard=shard, object=obj)


def test_what_arrives_is_pending_once_however_often_and_by_whichever_way_it_comes(ledger: Ledger) -> None:
    obj = log_object()
    assert ledger.record_arrivals([arrival(obj), arrival(obj)], now=NOON).new == 1
    assert ledger.record_arrivals([arrival(obj)], now=NOON).new == 0
    assert ledger.record_listing(SOURCE, listing(obj), is_sweep=True, now=NOON) == 0
    (row,) = ledger.pending(SOURCE, now=NOON, limit=10)
    assert row.object == obj


def test_arrivals_of_several_shards_and_sources_are_recorded_together(ledger: Ledger) -> None:
    ledger.open_source(OTHER, start_at=None, now=NOON)
    american = log_object(shard=AMERICA)
    told = [arrival(log_object()), arrival(american, AMERICA), arrival(american, AMERICA, OTHER)]
    assert ledger.record_arrivals(told, now=NOON).new == 3
    assert len(ledger.pending(SOURCE, now=NOON, limit=10)) == 2
    assert len(ledger.pending(OTHER, now=NOON, limit=10)) == 1


def test_a_shard_that_only_a_queue_told_of_has_no_marks_and_keeps_those_it_has(ledger: Ledger) -> None:
    ledger.record_arrivals([arrival(log_object())], now=NOON)
    (state,) = ledger.shard_states(SOURCE).values()
    assert (state.shard, state.listed_at, state.swept_at) == (EUROPE, None, None)
    ledger.record_listing(SOURCE, listing(), is_sweep=True, now=NOON)
    before = ledger.shard_states(SOURCE)
    ledger.record_arrivals([arrival(log_object("ZZZZ"))], now=NOON + timedelta(hours=1))
    assert ledger.shard_states(SOURCE) == before


def test_what_was_done_stays_done_and_what_was_gone_comes_back(store: Store, ledger: Ledger) -> None:
    done, gone = log_object("AAAA"), log_object("BBBB")
    ledger.record_arrivals([arrival(done), arrival(gone)], now=NOON)
    states = {done.unique: ObjectState.DONE, gone.unique: ObjectState.GONE}
    ended = [
        result(row_id=row.row_id, obj=row.object, state=states[row.object.unique])
        for row in ledger.pending(SOURCE, now=NOON, limit=10)
    ]
    store.recorder.complete(ended, plans=[], ruleset_digest="", now=NOON)
    assert ledger.record_arrivals([arrival(done), arrival(gone)], now=NOON).new == 1
    assert [row.object for row in ledger.pending(SOURCE, now=NOON, limit=10)] == [gone]


def test_the_starts_of_sources_that_were_opened(ledger: Ledger) -> None:
    ledger.open_source(OTHER, start_at=None, now=NOON)
    assert ledger.starts([SOURCE, OTHER, "s3://unknown"]) == {SOURCE: NOON, OTHER: None}


def test_whether_more_than_so_many_are_pending(ledger: Ledger) -> None:
    ledger.open_source(OTHER, start_at=None, now=NOON)
    assert not ledger.is_pending_over([SOURCE], 0)
    ledger.record_arrivals([arrival(log_object(unique)) for unique in ("AAAA", "BBBB")], now=NOON)
    assert ledger.is_pending_over([SOURCE, OTHER], 1)
    assert not ledger.is_pending_over([SOURCE], 2)
    assert not ledger.is_pending_over([OTHER], 0)
