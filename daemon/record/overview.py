"""How each shard stands, for people who look on: marks, what waits, what was heard last, whether it is silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select

from daemon.ports import Heard, ToldSilence, Whose
from daemon.record.activity import read_heard, read_silences
from daemon.record.engine import Database
from daemon.record.ledger import ANY_SHARD, source_id_of
from daemon.record.schema import objects, shards, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardStanding:
    """One shard. `silence` is its own, not that of the whole source."""

    source: str
    heard: Heard
    swept_at: datetime | None
    pending: int
    quarantined: int
    paused_until: datetime | None
    pause_reason: str | None
    silence: ToldSilence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    """A source: since when it is known, its shards, its own silence, and accounts of which nothing ever came."""

    name: str
    began_at: datetime
    shards: tuple[ShardStanding, ...]
    silence: ToldSilence | None
    missing: dict[str, ToldSilence]


def stand(database: Database) -> list[SourceStanding]:
    """Every source that the state knows, by name, at one moment."""
    with database.reading() as connection:
        pending = _counted(connection, is_pending=True)
        quarantined = _counted(connection, is_pending=False)
        return [
            _source(connection, row.name, row.first_seen_at, pending=pending, quarantined=quarantined)
            for row in connection.execute(select(sources).order_by(sources.c.name)).all()
        ]


def _counted(connection: Connection, *, is_pending: bool) -> dict[int, int]:
    # Spelt out, not bound: only then does the planner see that the partial index fits.
    is_set_aside = objects.c.state == literal_column("'quarantined'")
    wanted = objects.c.due_at.is_not(None) if is_pending else is_set_aside
    shard_id = ANY_SHARD.label("shard_id")
    query = select(shard_id, func.count().label("n")).where(wanted).group_by(ANY_SHARD)
    return {row.shard_id: row.n for row in connection.execute(query)}


def _source(
    connection: Connection, name: str, began_at: datetime, *, pending: dict[int, int], quarantined: dict[int, int]
) -> SourceStanding:
    silences = read_silences(connection, name)
    heard = {each.shard.path: each for each in read_heard(connection, name)}
    rows = connection.execute(select(shards).where(shards.c.source_id == source_id_of(name)).order_by(shards.c.path))
    standings = tuple(
        ShardStanding(
            source=name,
            heard=heard[row.path],
            swept_at=row.swept_at,
            pending=pending.get(row.id, 0),
            quarantined=quarantined.get(row.id, 0),
            paused_until=row.paused_until,
            pause_reason=row.pause_reason,
            silence=silences.get(Whose(account=row.account, path=row.path)),
        )
        for row in rows
    )
    missing = {whose.account: silence for whose, silence in silences.items() if whose.account and not whose.path}
    return SourceStanding(
        name=name, began_at=began_at, shards=standings, silence=silences.get(Whose()), missing=missing
    )
