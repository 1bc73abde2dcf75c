"""What the gauges show of the state: a few queries over small partial indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select

from daemon.record.engine import Database
from daemon.record.migrate import born_at
from daemon.record.schema import deliveries, objects, shards, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCounts:
    """`oldest_pending_at`: when the object that has waited longest came into the bucket."""

    shards: int = 0
    paused_shards: int = 0
    pending: int = 0
    quarantined: int = 0
    oldest_pending_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCounts:
    """What is owed to a destination, held opens and waiting children included; `oldest_at` is when it was made."""

    pending: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCounts:
    """By source and by destination; a destination to which nothing is owed has no entry."""

    sources: Mapping[str, SourceCounts]
    destinations: Mapping[str, OutboxCounts]
    created_at: datetime
    state_bytes: int


def count(database: Database, *, now: datetime, state_bytes: int) -> StateCounts:
    """Everything at one moment."""
    with database.reading() as connection:
        return StateCounts(
            sources=_sources(connection, now=now),
            destinations=_destinations(connection),
            created_at=born_at(connection),
            state_bytes=state_bytes,
        )


def _sources(connection: Connection, *, now: datetime) -> dict[str, SourceCounts]:
    pending = (
        select(objects.c.shard_id, func.count().label("n"), func.min(objects.c.last_modified).label("oldest"))
        .where(objects.c.due_at.is_not(None))
        .group_by(objects.c.shard_id + literal_column("0"))  # adding nothing: read the pending index, not all objects
        .subquery()
    )
    # Spelt out, not bound: only then does the planner see that the partial index fits.
    is_quarantined = objects.c.state == literal_column("'quarantined'")
    quarantined = (
        select(objects.c.shard_id, func.count().label("n"))
        .where(is_quarantined)
        .group_by(objects.c.shard_id)
        .subquery()
    )
    is_paused = shards.c.paused_until > now
    query = (
        select(
            sources.c.name,
            func.count(shards.c.id).label("shards"),
            func.count(shards.c.id).filter(is_paused).label("paused_shards"),
            func.coalesce(func.sum(pending.c.n), 0).label("pending"),
            func.coalesce(func.sum(quarantined.c.n), 0).label("quarantined"),
            func.min(pending.c.oldest).label("oldest_pending_at"),
        )
        .select_from(
            sources.outerjoin(shards, shards.c.source_id == sources.c.id)
            .outerjoin(pending, pending.c.shard_id == shards.c.id)
            .outerjoin(quarantined, quarantined.c.shard_id == shards.c.id)
        )
        .group_by(sources.c.name)
    )
    return {
        row.name: SourceCounts(
            shards=row.shards,
            paused_shards=row.paused_shards,
            pending=int(row.pending),
            quarantined=int(row.quarantined),
            oldest_pending_at=row.oldest_pending_at,
        )
        for row in connection.execute(query)
    }


def _destinations(connection: Connection) -> dict[str, OutboxCounts]:
    query = (
        select(deliveries.c.destination, func.count().label("n"), func.min(deliveries.c.created_at).label("oldest"))
        .where(deliveries.c.settled_at.is_(None))
        .group_by(deliveries.c.destination)
    )
    return {row.destination: OutboxCounts(pending=row.n, oldest_at=row.oldest) for row in connection.execute(query)}
