"""The ledger: which sources, shards and objects exist, and what is still to be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from daemon.model import LogObject, ObjectState, Shard
from daemon.ports import Arrival, Entered, LedgerRow, Listing, ShardState
from daemon.record.dialect import AnyInsert, count_written, insert_missing, insert_or_revive
from daemon.record.engine import BrokenOff, Database, repeated
from daemon.record.keys import odd_key, odd_url
from daemon.record.leases import Claims
from daemon.record.rows import ledger_row, shard_state
from daemon.record.schema import objects, shards, sources
from daemon.record.strangers import without_room

_CHUNK = 5000  # rows a statement: bounds memory when a listing is of a million keys
# Adding nothing keeps a planner from walking all objects shard by shard instead of the few that are pending.
ANY_SHARD = objects.c.shard_id + literal_column("0")
_LONGEST_WAIT = timedelta(hours=1)  # of an object or a shard, however often it was refused
_FINISHED = (ObjectState.DONE.value, ObjectState.GONE.value)


class SqlLedger:
    """Implements ports.Ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims = Claims(database, objects)
        self._shard_ids: dict[tuple[str, str], int] = {}  # by source and path; a listed shard is never forgotten

    def open_source(self, source: str, *, start_at: datetime | None, now: datetime) -> datetime | None:
        """Remember a source, and give the start it was first opened with."""
        with self._database.writing() as connection:
            row = {"name": source, "start_at": start_at, "first_seen_at": now}
            connection.execute(insert_missing(connection, sources), row)
            first = select(sources.c.start_at).where(sources.c.name == source)
            kept: datetime | None = connection.execute(first).scalar_one()
        return kept

    def shard_states(self, source: str) -> dict[str, ShardState]:
        """The known shards of a source by their path."""
        with self._database.reading() as connection:
            rows = connection.execute(select(shards).where(shards.c.source_id == source_id_of(source)))
            return {row.path: shard_state(row) for row in rows}

    @repeated
    def record_listing(
        self, source: str, listing: Listing, *, is_sweep: bool, now: datetime, done_before: datetime | None = None
    ) -> int:
        """Insert what is not yet known as pending, move the marks, prune finished rows; gives the new rows.

        What was gone and is listed again is new too: a delete marker was removed, or a disk is back.
        """
        of_shard = (source, listing.shard.path)
        with self._database.writing() as connection:
            shard_id = self._shard_ids.get(of_shard) or _remember_shard(connection, source, listing.shard)
            new = 0
            for some in _chunks(listing.objects):
                rows = [
                    _pending_row(shard_id, listing.shard, obj, now=now) for obj in _unknown(connection, shard_id, some)
                ]
                new += count_written(connection, _take_in(connection), objects, rows) if rows else 0
            connection.execute(_MARK_SWEPT if is_sweep else _MARK, {"shard": shard_id, "at": listing.listed_at})
            if done_before is not None:
                _prune(connection, shard_id, before=done_before)
        self._shard_ids[of_shard] = shard_id
        return new

    def starts(self, names: Collection[str]) -> dict[str, datetime | None]:
        """The start of each of these sources that was opened."""
        with self._database.reading() as connection:
            rows = connection.execute(select(sources.c.name, sources.c.start_at).where(sources.c.name.in_(names)))
            return {row.name: row.start_at for row in rows}

    @repeated
    def record_arrivals(self, arrivals: Sequence[Arrival], *, now: datetime) -> Entered:
        """Insert what is not yet known, or was gone, as pending, as far as there is room. The shards' marks stay."""
        by_shard: dict[tuple[str, str], list[Arrival]] = {}
        for arrival in arrivals:
            by_shard.setdefault(arrival.shard_of, []).append(arrival)
        new = 0
        with self._database.writing() as connection:
            refused = without_room(connection, by_shard)
            for (source, _), some in sorted((of, some) for of, some in by_shard.items() if of not in refused):
                shard = some[0].shard
                shard_id = _remember_shard(connection, source, shard)
                once = {(one.object.stamped_at, one.object.unique): one.object for one in some}
                rows = [_pending_row(shard_id, shard, once[key], now=now) for key in sorted(once)]
                new += count_written(connection, _take_in(connection), objects, rows)
        return Entered(new=new, without_room=refused)

    def is_pending_over(self, names: Collection[str], most: int) -> bool:
        """Whether more than so many objects of these sources are pending."""
        theirs = select(shards.c.id).where(
            shards.c.source_id.in_(select(sources.c.id).where(sources.c.name.in_(names)))
        )
        pending = select(objects.c.id).where(objects.c.due_at.is_not(None), ANY_SHARD.in_(theirs)).limit(most + 1)
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(pending.subquery())).scalar_one()) > most

    @repeated
    def pending(self, source: str, *, now: datetime, limit: int, began_at: datetime | None = None) -> list[LedgerRow]:
        """Objects due for work, oldest stamp first, without those of paused shards.

        What was never tried comes before what was refused: however much is unreadable, the rest is reached. With
        `began_at` only what was due by then is tried again: nothing comes twice in one run, however long. Where several
        daemons share the state each row is claimed: what others work on is left out.
        """
        is_untried = objects.c.attempts == 0
        is_due_again = (objects.c.attempts > 0) & _has_come(objects.c.due_at, began_at or now, now=now)
        is_shared = self._claims.is_needed
        with self._database.writing() if is_shared else self._database.reading() as connection:
            wanted: list[int] = []
            for is_wanted in (is_untried, is_due_again):
                due = _due(source, is_wanted, now=now).limit(limit - len(wanted))
                wanted += self._claims.take(connection, due) if is_shared else connection.scalars(due)
            by_id = {row.id: ledger_row(row) for row in _by_ids(connection, wanted)}
        return [by_id[row_id] for row_id in wanted]

    @repeated
    def defer(self, row_id: int, *, due_at: datetime, reason: str) -> None:
        """An environment fault: stays pending, tried again at `due_at`; attempts only tell how often."""
        values = {"due_at": due_at, "reason": reason, "attempts": objects.c.attempts + 1, "claimed_by": None}
        is_pending = objects.c.due_at.is_not(None) & self._claims.is_ours()
        with self._database.writing() as connection:
            connection.execute(update(objects).where(objects.c.id == row_id, is_pending).values(values))

    def pause_shard(self, source: str, path: str, *, until: datetime | None, reason: str) -> None:
        """Take no object of this shard before `until`; None resumes it."""
        values = {"paused_until": until, "pause_reason": None if until is None else reason}
        one = (shards.c.source_id == source_id_of(source)) & (shards.c.path == path)
        with self._database.writing() as connection:
            connection.execute(update(shards).where(one).values(values))

    def next_due_at(self, source: str) -> datetime | None:
        """When the next pending object of the source falls due; None when nothing is pending."""
        first_due = func.min(objects.c.due_at).label("due_at")
        is_waiting = objects.c.due_at.is_not(None) & self._claims.is_free()
        by_shard = select(ANY_SHARD.label("shard_id"), first_due).where(is_waiting).group_by(ANY_SHARD)
        pauses = select(shards.c.id, shards.c.paused_until).where(shards.c.source_id == source_id_of(source))
        with self._database.reading() as connection:
            paused_until = {row.id: row.paused_until for row in connection.execute(pauses)}
            rows = [row for row in connection.execute(by_shard) if row.shard_id in paused_until]
        return min((max(row.due_at, paused_until[row.shard_id] or row.due_at) for row in rows), default=None)


def _due(source: str, is_wanted: ColumnElement[bool], *, now: datetime) -> Select[Any]:
    is_awake = shards.c.paused_until.is_(None) | _has_come(shards.c.paused_until, now, now=now)
    awake = select(shards.c.id).where(shards.c.source_id == source_id_of(source), is_awake)
    is_due = objects.c.due_at.is_not(None) & is_wanted & ANY_SHARD.in_(awake)
    return select(objects.c.id).where(is_due).order_by(objects.c.stamped_at, objects.c.id)


def _take_in(connection: Connection) -> AnyInsert:
    changed = [
        *("size", "etag", "last_modified", "state", "reason", "attempts"),
        *("seen_at", "due_at", "finished_at", "events", "rejects", "content_sha256", "proof"),
    ]
    is_gone = objects.c.state == ObjectState.GONE.value
    key = ("shard_id", "stamped_at", "unique_part")
    return insert_or_revive(connection, objects, key=key, changed=changed, where=is_gone)


def select_ledger_rows() -> Select[Any]:
    """Objects with what `rows.ledger_row` needs of their shard and source."""
    of_shard = (shards.c.bucket, shards.c.path, shards.c.org_id, shards.c.account, shards.c.kind, shards.c.region)
    return select(objects, *of_shard, sources.c.name.label("source_name")).select_from(
        objects.join(shards, shards.c.id == objects.c.shard_id).join(sources, sources.c.id == shards.c.source_id)
    )


def _by_ids(connection: Connection, ids: list[int]) -> Iterator[Any]:
    for start in range(0, len(ids), _CHUNK):
        yield from connection.execute(select_ledger_rows().where(objects.c.id.in_(ids[start : start + _CHUNK])))


def _has_come(moment: Column[datetime], by: datetime, *, now: datetime) -> ColumnElement[bool]:
    """Whether a wait was over by then. One far longer than any was meant by a clock that has been set back since."""
    return (moment <= by) | (moment > now + 2 * _LONGEST_WAIT)


def source_id_of(source: str) -> Any:
    """The row of a source by its name, to compare with."""
    return select(sources.c.id).where(sources.c.name == source).scalar_subquery()


def _remember_shard(connection: Connection, source: str, shard: Shard) -> int:
    row = {
        "source_id": connection.execute(select(sources.c.id).where(sources.c.name == source)).scalar_one(),
        "path": shard.path,
        "bucket": shard.bucket,
        "org_id": shard.org_id,
        "account": shard.account,
        "kind": shard.kind,
        "region": shard.region,
    }
    connection.execute(insert_missing(connection, shards), row)
    same = (shards.c.source_id == row["source_id"]) & (shards.c.path == shard.path)
    # Held until the end: a shard of which nothing is left may be forgotten at any time.
    found: int | None = connection.execute(
        select(shards.c.id).where(same).with_for_update(read=True, key_share=True)
    ).scalar()
    if found is None:
        raise BrokenOff
    return found


_MARK = update(shards).where(shards.c.id == bindparam("shard")).values(listed_at=bindparam("at"))
_MARK_SWEPT = _MARK.values(swept_at=bindparam("at"))
_KNOWN = select(objects.c.stamped_at, objects.c.unique_part).where(
    objects.c.shard_id == bindparam("shard"),
    objects.c.stamped_at.between(bindparam("first"), bindparam("last")),
    objects.c.state != ObjectState.GONE.value,
)


def _unknown(connection: Connection, shard_id: int, listed: Sequence[LogObject]) -> list[LogObject]:
    """Those that are not in the ledger, or gone: mostly few, since each poll lists again what it listed before."""
    stamps = [obj.stamped_at for obj in listed]
    rows = connection.execute(_KNOWN, {"shard": shard_id, "first": min(stamps), "last": max(stamps)})
    known = {(row.stamped_at, row.unique_part) for row in rows}
    return [obj for obj in listed if (obj.stamped_at, obj.unique) not in known]


def _pending_row(shard_id: int, shard: Shard, obj: LogObject, *, now: datetime) -> dict[str, Any]:
    return {
        "shard_id": shard_id,
        "stamped_at": obj.stamped_at,
        "unique_part": obj.unique,
        "key": odd_key(shard, obj),
        "url": odd_url(obj),
        "size": obj.size,
        "etag": obj.etag,
        "last_modified": obj.last_modified,
        "state": ObjectState.PENDING.value,
        "reason": None,
        "finished_at": None,
        "attempts": 0,
        "seen_at": now,
        "due_at": now,
        "events": 0,
        "rejects": 0,
        "content_sha256": None,
        "proof": None,
    }


def _chunks(listed: Iterable[LogObject]) -> Iterator[list[LogObject]]:
    iterator = iter(listed)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _prune(connection: Connection, shard_id: int, *, before: datetime) -> None:
    is_old = (objects.c.stamped_at < before) & (objects.c.last_modified < before)
    is_finished = objects.c.state.in_(_FINISHED)
    connection.execute(delete(objects).where(objects.c.shard_id == shard_id, is_old, is_finished))
