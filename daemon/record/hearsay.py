"""Matched events that came by a queue and that no log file has vouched for: counted, shown, marked as told.

A partial index holds just these, so that looking costs nothing however much the trail itself has brought.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update

from daemon.model import INLINE_URL
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database, repeated
from daemon.record.ledger import ANY_SHARD
from daemon.record.schema import IS_HEARSAY, matches, objects, shards, sources

_SHOWN = 5
_VANISHED_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """One such event; `alert_id` is None where its rule kept quiet."""

    event_id: str
    event_name: str
    account: str
    region: str
    actor: str
    alert_id: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """How many events of a queue nobody was told of, and the first few of them, the oldest first."""

    events: int
    first: tuple[Unconfirmed, ...]


class SqlHearsay:
    """What queues said and the trail has not confirmed. An event that several rules matched is one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overdue(self, queue: str, *, until: datetime) -> Overdue | None:
        """What a queue brought up to then, is not confirmed, and was not told of; None when there is nothing."""
        untold = _of(queue, until=until) & matches.c.doubted_at.is_(None)
        names = [matches.c[name] for name in Unconfirmed.__dataclass_fields__]
        with self._database.reading() as connection:
            events = connection.execute(select(_EVENTS).where(untold)).scalar_one()
            rows = connection.execute(select(*names).where(untold).order_by(*_ORDER).limit(_MOST_ROWS)).all()
        first: dict[str, Unconfirmed] = {}
        for row in rows:
            first.setdefault(row.event_id, Unconfirmed(**row._mapping))
        if not first:  # asked of the rows, since a log file may have come between the two questions
            return None
        return Overdue(events=max(events, len(first)), first=tuple(first.values())[:_SHOWN])

    def told_at(self, queue: str) -> datetime | None:
        """When somebody was last told of events of this queue that are unconfirmed to this day."""
        with self._database.reading() as connection:
            last: datetime | None = connection.execute(
                select(func.max(matches.c.doubted_at)).where(_of(queue))
            ).scalar_one()
        return last

    @repeated
    def note_told(self, queue: str, *, until: datetime, now: datetime) -> None:
        """Somebody was told of all that `overdue` counts."""
        told = update(matches).where(_of(queue, until=until), matches.c.doubted_at.is_(None))
        with self._database.writing() as connection:
            wait_for_turn(connection)
            connection.execute(told.values(doubted_at=now))

    def counts(self, spans: Mapping[str, tuple[datetime, datetime]]) -> dict[str, int]:
        """By queue how many unconfirmed events were received after the first of its times, up to the second."""
        with self._database.reading() as connection:
            return {
                queue: connection.execute(
                    select(_EVENTS).where(_of(queue, until=until), matches.c.recorded_at > after)
                ).scalar_one()
                for queue, (after, until) in spans.items()
            }

    def read_until(self, names: Collection[str]) -> datetime | None:
        """Up to when all of these sources were read: the listing longest ago, or the oldest log file that waits.

        None while one of them was never listed. A shard that was not listed for days longer than others is no longer
        there, and is not waited for.
        """
        ours = select(shards.c.id).join(sources).where(sources.c.name.in_(names))
        listings = select(sources.c.id, shards.c.listed_at).join(shards).where(sources.c.name.in_(names))
        waiting = select(func.min(objects.c.last_modified)).where(objects.c.due_at.is_not(None), ANY_SHARD.in_(ours))
        with self._database.reading() as connection:
            rows = connection.execute(listings.where(shards.c.listed_at.is_not(None))).all()
            oldest: datetime | None = connection.execute(waiting).scalar_one()
        newest = {row.id: row.listed_at for row in sorted(rows, key=lambda row: row.listed_at)}
        if len(newest) < len(set(names)):
            return None
        times: list[datetime] = [row.listed_at for row in rows if row.listed_at > newest[row.id] - _VANISHED_AFTER]
        return min([*times, *([oldest] if oldest else [])])


_ORDER: tuple[Any, ...] = (matches.c.recorded_at, matches.c.event_id, matches.c.rule_id)
_MOST_ROWS = 50  # of these events: each may have been matched by several rules
_EVENTS = func.count(matches.c.event_id.distinct())


def _of(queue: str, *, until: datetime | None = None) -> ColumnElement[bool]:
    of_queue = and_(IS_HEARSAY, matches.c.object_url == f"{INLINE_URL}{queue}")
    return of_queue if until is None else and_(of_queue, matches.c.recorded_at <= until)
