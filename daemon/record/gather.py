"""Opens that are not told one by one: held under a summary that tells them together.

What gathers: a flood (the clock minute's excess), a backlog (late alerts past so many an hour), quiet hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from daemon.model import Address, Alert, DeliveryKind, DeliveryState, Gathering
from daemon.record.schema import alerts, deliveries

FLOOD_LIMIT = 20  # new alerts a clock minute and channel that are told one by one
MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_LULL = timedelta(minutes=5)  # a backlog that brings no further alert for so long is told
_MOST_MENTIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where messages go: a destination, and the channel in it where that is not its own.

    `talk` is what may follow a message there, as an open keeps it.
    """

    destination: str
    channel: str | None
    talk: str | None = None

    @property
    def is_here(self) -> ColumnElement[bool]:
        """Of deliveries: whether they go there."""
        return (deliveries.c.destination == self.destination) & (
            deliveries.c.channel.is_not_distinct_from(self.channel)
        )


Told = tuple[Alert, Address]


def flood_room(connection: Connection, spot: Spot, *, now: datetime) -> int:
    """How many more fresh alerts may be told one by one in this clock minute."""
    begin = minute_of(now)
    of_minute = (deliveries.c.created_at >= begin) & (deliveries.c.created_at < begin + MINUTE)
    return _room(connection, spot, of_minute & alerts.c.is_late.is_(False), Gathering.FLOOD, most=FLOOD_LIMIT)


def backlog_room(connection: Connection, spot: Spot, *, most: int, now: datetime) -> int:
    """How many more late alerts may be told one by one, `most` in an hour."""
    of_hour = (deliveries.c.created_at > now - _HOUR) & (deliveries.c.created_at <= now)
    return _room(connection, spot, of_hour & alerts.c.is_late.is_(True), Gathering.BACKLOG, most=most)


def _room(connection: Connection, spot: Spot, of_time: ColumnElement[bool], gathering: Gathering, *, most: int) -> int:
    counted = deliveries.c.gathers.is_(None) | (deliveries.c.gathers == gathering.value)
    told = (
        select(deliveries.c.id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(spot.is_here, of_time, counted, deliveries.c.kind == DeliveryKind.OPEN.value)
        .where(alerts.c.is_notice.is_(False))
        .limit(most)
    )
    return most - int(connection.execute(select(func.count()).select_from(told.subquery())).scalar_one())


def hold(
    connection: Connection, spot: Spot, held: Sequence[Told], gathering: Gathering, *, now: datetime, until: datetime
) -> None:
    """Put alerts, the gravest first, under a summary due `until`, or a little later where it is one of a backlog."""
    if not held:
        return
    summary_id = _summary(connection, spot, held, gathering, now=now, until=until)
    own = {
        "state": DeliveryState.HELD.value,
        "parent_id": summary_id,
        "gathers": gathering.value,
        "talk": spot.talk,
    }
    rows = [
        row_of(alert, spot, address, DeliveryKind.OPEN, now=now) | own | {"told_version": alert.version}
        for alert, address in held
    ]
    connection.execute(deliveries.insert(), rows)


def _summary(
    connection: Connection, spot: Spot, held: Sequence[Told], gathering: Gathering, *, now: datetime, until: datetime
) -> int:
    """The summary that nobody can have begun to send and that still grows, or a new one."""
    (first, _), seq = held[0], (until - _EPOCH) // MINUTE - 1
    is_same = deliveries.c.gathers == gathering.value
    if gathering is not Gathering.BACKLOG:
        is_same &= deliveries.c.seq == seq
    growing = select(deliveries.c.id, deliveries.c.level, deliveries.c.mentions, deliveries.c.created_at).where(
        spot.is_here,
        is_same,
        deliveries.c.settled_at.is_(None),
        deliveries.c.kind == DeliveryKind.SUMMARY.value,
        deliveries.c.due_at > now,
        deliveries.c.attempts == 0,
    )
    mentions = [name for _, address in held for name in address.mentions]
    # Locked: were it sent while we put more below it, that would be told to nobody.
    row = connection.execute(growing.limit(1).with_for_update()).first()
    if row is None:
        address = Address(channel=spot.channel, mentions=_united(mentions))
        own = {"seq": seq, "due_at": until, "gathers": gathering.value}
        values = row_of(first, spot, address, DeliveryKind.SUMMARY, now=now) | own
        return int(connection.execute(deliveries.insert().values(values).returning(deliveries.c.id)).scalar_one())
    grown: dict[str, Any] = {"mentions": _united([*(row.mentions or ()), *mentions])}
    if first.level.rank > row.level.rank:
        grown["level"] = first.level
    if gathering is Gathering.BACKLOG:
        grown["due_at"] = min(until, row.created_at + _HOUR)
    connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(grown))
    return int(row.id)


def row_of(alert: Alert, spot: Spot, address: Address, kind: DeliveryKind, *, now: datetime) -> dict[str, Any]:
    """A delivery's columns, due when its parent was sent unless that is changed."""
    return {
        "alert_id": alert.id,
        "destination": spot.destination,
        "channel": spot.channel,
        "mentions": address.mentions,
        "gathers": None,
        "kind": kind.value,
        "seq": 0,
        "parent_id": None,
        "level": alert.level,
        "attempts": 0,
        "created_at": now,
        "due_at": None,
        "state": DeliveryState.DUE.value,
    }


def minute_of(now: datetime) -> datetime:
    """When the clock minute began."""
    return now.replace(second=0, microsecond=0)


def lull_after(now: datetime) -> datetime:
    """When a backlog is told if nothing more comes of it."""
    return now + _LULL


def _united(mentions: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mentions))[:_MOST_MENTIONS]
