"""What the gauges show of the state: a few queries over small partial indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, literal_column, select

from daemon.model import TALK, Gathering
from daemon.record.engine import Database
from daemon.record.ledger import ANY_SHARD
from daemon.record.migrate import born_at
from daemon.record.schema import deliveries, objects, shards, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCounts:
    """`oldest_pending_at`: when the object that has waited longest came into the bucket."""

    shards: int = 0
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


def count(database: Database, *, state_bytes: int, now: datetime | None = None) -> StateCounts:
    """Everything at one moment. By `now` what waits for its time does not count before that: the talk of growing
    alerts, and what quiet hours hold back.
    """
    with database.reading() as connection:
        return StateCounts(
            sources=_sources(connection),
            destinations=_destinations(connection, now=now),
            created_at=born_at(connection),
            state_bytes=state_bytes,
        )


def _sources(connection: Connection) -> dict[str, SourceCounts]:
    """Counted by shard and added up here: joining shards in the database tempts planners into reading all objects."""
    pending = {row.shard_id: row for row in connection.execute(_PENDING)}
    quarantined = {row.shard_id: row.n for row in connection.execute(_QUARANTINED)}
    found = {name: SourceCounts() for name in connection.scalars(select(sources.c.name))}
    of_source = select(shards.c.id, sources.c.name).join(sources)
    for shard in connection.execute(of_source):
        counted = found[shard.name]
        waiting = pending.get(shard.id)
        oldest: list[datetime | None] = [counted.oldest_pending_at, waiting.oldest if waiting else None]
        found[shard.name] = SourceCounts(
            shards=counted.shards + 1,
            pending=counted.pending + (waiting.n if waiting else 0),
            quarantined=counted.quarantined + quarantined.get(shard.id, 0),
            oldest_pending_at=min((at for at in oldest if at is not None), default=None),
        )
    return found


_PENDING = (
    select(ANY_SHARD.label("shard_id"), func.count().label("n"), func.min(objects.c.last_modified).label("oldest"))
    .where(objects.c.due_at.is_not(None))
    .group_by(ANY_SHARD)
)
_QUARANTINED = (
    select(objects.c.shard_id, func.count().label("n"))
    # Spelt out, not bound: only then does the planner see that the partial index fits.
    .where(objects.c.state == literal_column("'quarantined'"))
    .group_by(objects.c.shard_id)
)


def _destinations(connection: Connection, *, now: datetime | None) -> dict[str, OutboxCounts]:
    query = (
        select(deliveries.c.destination, func.count().label("n"), func.min(_OWED_SINCE).label("oldest"))
        .where(deliveries.c.settled_at.is_(None), *([] if now is None else [_is_owed(now)]))
        .group_by(deliveries.c.destination)
    )
    return {row.destination: OutboxCounts(pending=row.n, oldest_at=row.oldest) for row in connection.execute(query)}


_IS_TALK = deliveries.c.kind.in_([kind.value for kind in TALK]) & (deliveries.c.attempts == 0)
_LONG = (Gathering.QUIET.value, Gathering.BACKLOG.value)  # by design, and not because something is stuck
_IS_HELD_LONG = func.coalesce(deliveries.c.gathers, "").in_(_LONG)
_OWED_SINCE = case((_IS_HELD_LONG, deliveries.c.due_at), else_=deliveries.c.created_at)


def _is_owed(now: datetime) -> ColumnElement[bool]:
    """Of what waits for the end of quiet hours, or of a backlog, the summary alone counts, and only from then on."""
    waits = _IS_TALK & deliveries.c.due_at.is_not(None) & (deliveries.c.due_at > now)
    return ~waits & (~_IS_HELD_LONG | (deliveries.c.due_at <= now))
