from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event

from daemon.model import ObjectState
from daemon.record.counts import OutboxCounts, SourceCounts
from daemon.record.store import Store
from tests.doubles.state_values import AMERICA, NOON, SOURCE, listing, log_object, match, plan, result

HOUR = timedelta(hours=1)


def test_a_new_store_counts_nothing_and_knows_its_birthday(store: Store) -> None:
    counts = store.counts()
    assert (counts.sources, counts.destinations, counts.created_at) == ({}, {}, NOON)
    assert counts.state_bytes > 4096


def test_a_source_is_counted_by_shard_and_state(store: Store) -> None:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.open_source("s3://other", start_at=None, now=NOON)
    objects = [log_object(name, last_modified=NOON - HOUR * number) for number, name in enumerate("ABC")]
    store.ledger.record_listing(SOURCE, listing(*objects), is_sweep=False, now=NOON)
    store.ledger.record_listing(SOURCE, listing(shard=AMERICA), is_sweep=False, now=NOON)
    oldest = store.ledger.pending(SOURCE, now=NOON + HOUR, limit=9)[-1]
    bad = result(row_id=oldest.row_id, obj=oldest.object, state=ObjectState.QUARANTINED, reason="not_gzip")
    store.recorder.complete([bad], plans=[], ruleset_digest="", now=NOON)
    assert store.counts().sources == {
        SOURCE: SourceCounts(shards=2, pending=2, quarantined=1, oldest_pending_at=NOON - HOUR),
        "s3://other": SourceCounts(),
    }


def test_a_destination_is_counted_by_what_it_is_owed(store: Store) -> None:
    done = result(match(), row_id=None)
    store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=NOON)
    assert store.counts().destinations == {"security": OutboxCounts(pending=2, oldest_at=NOON)}


def plans_of(store: Store, work: Callable[[], object]) -> list[str]:
    """How SQLite goes about the queries that `work` asks."""
    statements: list[tuple[str, tuple[object, ...]]] = []

    @event.listens_for(store.database.engine, "before_cursor_execute")
    def note(_conn, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]  # SQLAlchemy's shape
        statements.append((statement, parameters))

    work()
    event.remove(store.database.engine, "before_cursor_execute", note)
    with store.database.reading() as connection:
        return [
            str(row.detail)
            for statement, parameters in statements
            if statement.startswith(("SELECT", "UPDATE"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


def test_counting_and_choosing_work_reads_only_what_is_unfinished(sqlite_store: Store) -> None:
    """A million finished objects must cost nothing: the partial indexes are used."""

    def work() -> None:
        sqlite_store.counts()
        sqlite_store.ledger.pending(SOURCE, now=NOON, limit=9)
        sqlite_store.ledger.next_due_at(SOURCE)

    touching = [detail for detail in plans_of(sqlite_store, work) if " objects" in detail]
    assert len(touching) >= 4
    assert all("ix_objects_" in detail for detail in touching), touching


@pytest.mark.parametrize("tried", [None, (), (1, 2, 3)])
@pytest.mark.parametrize("is_draining", [False, True])
def test_the_outbox_reads_only_what_is_owed(
    sqlite_store: Store, is_draining: bool, tried: tuple[int, ...] | None
) -> None:
    """A year of sent messages must cost nothing at each turn of a lane."""

    def work() -> None:
        sqlite_store.counts()
        sqlite_store.outbox.due("security", now=NOON, limit=1, drain=is_draining, tried=tried)
        sqlite_store.outbox.next_due_at("security")

    touching = [detail for detail in plans_of(sqlite_store, work) if " deliveries" in detail]
    assert len(touching) == 3 + is_draining
    assert all("ix_deliveries_owed" in detail for detail in touching), touching
