"""What is heard of each shard, learned in the transaction that completes its files; and which silences were told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from daemon.model import ObjectResult, ObjectState
from daemon.model.activity import heard, hour_of, packed, unpacked
from daemon.ports import Heard, ToldSilence, Whose
from daemon.record.activity_tables import activity, silences
from daemon.record.dialect import insert_missing
from daemon.record.engine import Database
from daemon.record.ledger import ANY_SHARD, source_id_of
from daemon.record.rows import shard_of
from daemon.record.schema import objects, shards, sources

_CHUNK = 5000
_HEARD = (ObjectState.DONE, ObjectState.QUARANTINED)


def learn_activity(connection: Connection, results: Sequence[ObjectResult], *, now: datetime) -> None:
    """Note when files of each shard came. A stamp from the future counts as now: it must not vouch for days to come."""
    by_row = {result.row_id: result for result in results if result.row_id is not None and result.state in _HEARD}
    came: dict[int, list[ObjectResult]] = defaultdict(list)
    ids = sorted(by_row)
    for start in range(0, len(ids), _CHUNK):
        of_rows = select(objects.c.id, objects.c.shard_id).where(objects.c.id.in_(ids[start : start + _CHUNK]))
        for row in connection.execute(of_rows):
            came[row.shard_id].append(by_row[row.id])
    if not came:
        return
    known = _locked(connection, came)
    new = [_learned(shard_id, None, came[shard_id], now=now) for shard_id in sorted(came.keys() - known.keys())]
    if new:
        connection.execute(insert_missing(connection, activity), new)
        known = _locked(connection, came)  # another daemon may have been first
    rows = [_learned(shard_id, known[shard_id], came[shard_id], now=now) for shard_id in sorted(came)]
    changed = [{"one": row.pop("shard_id"), **row} for row in rows if row not in new]
    if changed:
        connection.execute(update(activity).where(activity.c.shard_id == bindparam("one")), changed)


def _locked(connection: Connection, shard_ids: Collection[int]) -> dict[int, Any]:
    """What is known of these shards, in one order for every daemon."""
    rows = select(activity).where(activity.c.shard_id.in_(sorted(shard_ids))).order_by(activity.c.shard_id)
    return {row.shard_id: row for row in connection.execute(rows.with_for_update())}


def _learned(shard_id: int, known: Any, results: Sequence[ObjectResult], *, now: datetime) -> dict[str, Any]:
    stamps = [min(result.object.stamped_at, now) for result in results]
    events = [min(result.newest_at, now) for result in results if result.newest_at is not None]
    hours = heard(unpacked(known.newest_hour, known.hours) if known else None, hour_of(max(stamps)))
    for hour in {hour_of(stamp) for stamp in stamps}:
        hours = heard(hours, hour)
    if known:
        stamps.append(known.heard_at)
        events += [known.event_at] if known.event_at else []
    return {
        "shard_id": shard_id,
        "heard_at": max(stamps),
        "event_at": max(events, default=None),
        "newest_hour": hours.newest,
        "hours": packed(hours),
    }


class SqlActivity:
    """Implements ports.Activity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def heard(self, source: str) -> list[Heard]:
        """Every shard of a source with what was heard of it; one of which nothing was ever worked on too."""
        with self._database.reading() as connection:
            return read_heard(connection, source)

    def began_at(self, source: str) -> datetime | None:
        """When a source was first seen."""
        first = select(sources.c.first_seen_at).where(sources.c.name == source)
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(first).scalar_one_or_none()
        return found

    def silences(self, source: str) -> dict[Whose, ToldSilence]:
        """The silences that are known of a source."""
        with self._database.reading() as connection:
            return read_silences(connection, source)

    def note_silences(self, source: str, noted: Mapping[Whose, ToldSilence | None]) -> None:
        """Write down silences, or that one is over (None)."""
        if not noted:
            return
        with self._database.writing() as connection:
            source_id = connection.execute(select(source_id_of(source))).scalar_one()
            of_one = (silences.c.source_id == source_id) & (silences.c.account == bindparam("an_account"))
            one = of_one & (silences.c.path == bindparam("a_path"))
            names = [{"an_account": whose.account, "a_path": whose.path} for whose in noted]
            connection.execute(delete(silences).where(one), names)
            rows = [
                {
                    "source_id": source_id,
                    "account": whose.account,
                    "path": whose.path,
                    "since": silence.since,
                    "told_at": silence.told_at,
                }
                for whose, silence in noted.items()
                if silence is not None
            ]
            if rows:
                connection.execute(insert_missing(connection, silences), rows)


def read_heard(connection: Connection, source: str) -> list[Heard]:
    """See SqlActivity.heard."""
    newest = select(ANY_SHARD.label("shard_id"), func.max(objects.c.stamped_at).label("waits_from"))
    waiting = newest.where(objects.c.due_at.is_not(None)).group_by(ANY_SHARD)
    waits_from = {row.shard_id: row.waits_from for row in connection.execute(waiting)}
    known = (
        select(shards, activity.c.heard_at, activity.c.event_at, activity.c.newest_hour, activity.c.hours)
        .select_from(shards.outerjoin(activity, activity.c.shard_id == shards.c.id))
        .where(shards.c.source_id == source_id_of(source))
        .order_by(shards.c.path)
    )
    return [
        Heard(
            shard=shard_of(row),
            listed_at=row.listed_at,
            heard_at=row.heard_at,
            event_at=row.event_at,
            waits_from=waits_from.get(row.id),
            hours=None if row.hours is None else unpacked(row.newest_hour, row.hours),
        )
        for row in connection.execute(known)
    ]


def read_silences(connection: Connection, source: str) -> dict[Whose, ToldSilence]:
    """See SqlActivity.silences."""
    known = select(silences).where(silences.c.source_id == source_id_of(source))
    return {
        Whose(account=row.account, path=row.path): ToldSilence(since=row.since, told_at=row.told_at)
        for row in connection.execute(known)
    }
