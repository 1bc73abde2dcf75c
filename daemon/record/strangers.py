"""Shards that no listing has shown yet, only messages: so many at most, and forgotten once nothing of them is left.

Whoever may write to a queue can name accounts that do not exist. What a listing has shown is not bounded by this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select

from daemon.model import ObjectState
from daemon.record.activity_tables import activity
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database, repeated
from daemon.record.schema import objects, shards, sources

MOST = 10_000  # of all sources: as many as a large organisation has
_BATCH = 2000
_KNOWN_AT_ONCE = 500
ShardOf = tuple[str, str]  # source and path
_ENDED = (ObjectState.DONE.value, ObjectState.GONE.value)


def without_room(connection: Connection, told: Iterable[ShardOf], *, most: int = MOST) -> frozenset[ShardOf]:
    """Those of these shards that are new and too many."""
    new = dict.fromkeys(told)
    for shard in _known(connection, {path for _, path in new}):
        new.pop(shard, None)
    if not new:
        return frozenset()
    unlisted = select(func.count()).select_from(shards).where(shards.c.listed_at.is_(None))
    room = max(most - int(connection.execute(unlisted).scalar_one()), 0)
    return frozenset(list(new)[room:])


def _known(connection: Connection, paths: Collection[str]) -> set[ShardOf]:
    found: set[ShardOf] = set()
    ordered = sorted(paths)
    both = select(sources.c.name, shards.c.path).join(sources, sources.c.id == shards.c.source_id)
    for start in range(0, len(ordered), _KNOWN_AT_ONCE):
        some = both.where(shards.c.path.in_(ordered[start : start + _KNOWN_AT_ONCE]))
        found |= {(row.name, row.path) for row in connection.execute(some)}
    return found


def forget_strangers(database: Database, *, before: datetime) -> None:
    """Forget what ended long ago in shards that were never listed, and those shards of which nothing is left."""
    unlisted = select(shards.c.id).where(shards.c.listed_at.is_(None))
    is_old = objects.c.finished_at < before
    old = (
        select(objects.c.id).where(objects.c.shard_id.in_(unlisted), objects.c.state.in_(_ENDED), is_old).limit(_BATCH)
    )
    count = _BATCH
    while count == _BATCH:
        with database.writing() as connection:
            wait_for_turn(connection)
            count = connection.execute(delete(objects).where(objects.c.id.in_(old))).rowcount
    _forget_empty(database)


@repeated
def _forget_empty(database: Database) -> None:
    is_empty = shards.c.listed_at.is_(None) & ~exists().where(objects.c.shard_id == shards.c.id)
    with database.writing() as connection:
        wait_for_turn(connection)
        ordered = select(shards.c.id).where(is_empty).order_by(shards.c.source_id, shards.c.path).limit(_BATCH)
        empty = list(connection.scalars(ordered.with_for_update()))  # in the order in which arrivals take them
        # Looked at again now that the rows are locked: whoever enters a file holds its shard's row until it is there.
        empty = list(connection.scalars(select(shards.c.id).where(shards.c.id.in_(empty), is_empty)))
        connection.execute(delete(activity).where(activity.c.shard_id.in_(empty)))
        connection.execute(delete(shards).where(shards.c.id.in_(empty)))
