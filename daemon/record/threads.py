"""Threads of alerts in the database: what each destination was told of an alert, and what falls due of it next.

Of each kind of talk an alert has one row at a destination, which falls due again: a destination that is away for days
holds one update, and not one for each match that came meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from daemon.model import TALK, Alert, DeliveryKind, DeliveryState, Gathering
from daemon.record.ringing import BROADCAST_EVERY, Mark, Thread
from daemon.record.schema import deliveries

REPEATS_AN_HOUR = 20  # at one destination: alerts that all go on must not ring all at once
_CHUNK = 500
_KINDS = [DeliveryKind.OPEN.value, *(kind.value for kind in TALK)]


@dataclass(slots=True, kw_only=True)
class Told:
    """The rows of one alert at one destination: the message that began it, and the latest row of each kind of talk."""

    opened: Row[Any] | None = None
    talk: dict[DeliveryKind, Row[Any]] = field(default_factory=dict)

    @property
    def held_by(self) -> Gathering | None:
        """What gathers it, where a summary is yet to tell it."""
        if self.opened is None or self.opened.state != DeliveryState.HELD.value:
            return None
        return Gathering(self.opened.gathers or Gathering.FLOOD)

    @property
    def thread(self) -> Thread | None:
        """How far it was told; None while its message is not sent."""
        if self.opened is None or self.opened.state != DeliveryState.SENT.value:
            return None
        reply = self.talk.get(DeliveryKind.REPLY)
        return Thread(
            opened=Mark(version=self.opened.told_version or 1, at=self.opened.told_at or self.opened.settled_at),
            updated=self._mark(DeliveryKind.UPDATE),
            replied=self._mark(DeliveryKind.REPLY),
            broadcast=self._mark(DeliveryKind.BROADCAST),
            replies=0 if reply is None else reply.seq,
            has_message=self.opened.parent_id is None,
        )

    @property
    def kinds(self) -> tuple[DeliveryKind, ...]:
        """What may follow the message; nothing is known of one that was sent before this was kept."""
        talk = self.opened.talk if self.opened is not None else None
        return tuple(DeliveryKind(kind) for kind in talk.split(",")) if talk else ()

    def is_waiting(self, kind: DeliveryKind) -> bool:
        """Whether one of this kind waits for its time, or for an answer."""
        row = self.talk.get(kind)
        return row is not None and row.settled_at is None

    def _mark(self, kind: DeliveryKind) -> Mark | None:
        row = self.talk.get(kind)
        if row is None or row.told_version is None:
            return None
        return Mark(version=row.told_version, at=row.told_at)


def lock_threads(connection: Connection, destination: str, alert_ids: Sequence[str]) -> dict[str, Told]:
    """What a destination was told of these alerts. Locked in order: what is being settled meanwhile is waited for."""
    query = select(deliveries).where(deliveries.c.destination == destination, deliveries.c.kind.in_(_KINDS))
    query = query.order_by(deliveries.c.id).with_for_update()
    rows: list[Row[Any]] = []
    for start in range(0, len(alert_ids), _CHUNK):
        rows += connection.execute(query.where(deliveries.c.alert_id.in_(alert_ids[start : start + _CHUNK])))
    return _threads(rows)


def _threads(rows: Iterable[Row[Any]]) -> dict[str, Told]:
    threads: dict[str, Told] = {}
    for row in rows:
        told = threads.setdefault(row.alert_id, Told())
        kind = DeliveryKind(row.kind)
        if kind is DeliveryKind.OPEN:
            told.opened = row
        elif (known := told.talk.get(kind)) is None or row.seq > known.seq:
            told.talk[kind] = row
    return threads


def arm(
    connection: Connection, alert: Alert, told: Told, due: Mapping[DeliveryKind, datetime], *, now: datetime
) -> None:
    """Let what is owed of an alert fall due, each once. What waits for its time may be called earlier, never later."""
    for kind, due_at in due.items():
        row = told.talk.get(kind)
        if row is None:
            connection.execute(deliveries.insert().values(_new(alert, told, kind, due_at, now=now)))
        elif row.settled_at is None:
            if row.due_at is not None and due_at < row.due_at and not row.attempts:
                _change(connection, row, due_at=due_at)
        elif row.state == DeliveryState.SENT.value:
            _change(connection, row, **_again(alert, told, row, due_at, now=now))
        elif kind is DeliveryKind.BROADCAST:  # else one that was refused would be the last that rings
            later = max(due_at, min(row.settled_at, now) + BROADCAST_EVERY)
            _change(connection, row, **_again(alert, told, row, later, now=now))


def change_now(connection: Connection, alert: Alert, told: Told, *, now: datetime) -> None:
    """Let its own message be changed, whatever the alert's version. What is on its way is followed by another."""
    opened, row = told.opened, told.talk.get(DeliveryKind.UPDATE)
    if opened is None or opened.parent_id is not None or opened.state == DeliveryState.DEAD.value:
        return
    if row is None:  # one that is not sent yet makes it due by being sent
        waits = {} if opened.state == DeliveryState.SENT.value else {"due_at": None}
        connection.execute(deliveries.insert().values(_new(alert, told, DeliveryKind.UPDATE, now, now=now) | waits))
    elif row.settled_at is None:  # another number: the one that is on its way settles it no more
        due = {} if row.due_at is None or row.attempts else {"due_at": min(row.due_at, now)}
        _change(connection, row, seq=row.seq + 1, **due)
    elif row.state == DeliveryState.SENT.value:
        _change(connection, row, **_again(alert, told, row, now, now=now))


def raise_levels(connection: Connection, alert: Alert, told: Told, mentions: Sequence[str]) -> Told:
    """What is owed of an alert goes by the level that it has now, and wakes whom that asks for from now on."""
    if told.opened is None:
        return told
    mine = (deliveries.c.alert_id == alert.id) & (deliveries.c.destination == told.opened.destination)
    connection.execute(update(deliveries).where(mine, deliveries.c.settled_at.is_(None)).values(level=alert.level))
    wakes = deliveries.c.kind.in_([DeliveryKind.OPEN.value, DeliveryKind.BROADCAST.value])
    connection.execute(update(deliveries).where(mine, wakes).values(mentions=tuple(mentions)))
    opened = connection.execute(select(deliveries).where(deliveries.c.id == told.opened.id)).one()
    return replace(told, opened=opened)


def repeats_left(connection: Connection, destination: str, *, now: datetime) -> int:
    """How many broadcasts more this destination may get in this hour for no other reason than time."""
    lately = (deliveries.c.destination == destination) & (deliveries.c.created_at > now - timedelta(hours=1))
    lately &= deliveries.c.created_at <= now
    query = select(func.count()).where(lately, deliveries.c.kind == DeliveryKind.BROADCAST.value)
    return max(REPEATS_AN_HOUR - int(connection.execute(query).scalar_one()), 0)


def talk_of(kinds: Collection[DeliveryKind]) -> str | None:
    """The kinds of talk among these, as an open keeps them."""
    return ",".join(kind.value for kind in TALK if kind in kinds) or None


def _new(alert: Alert, told: Told, kind: DeliveryKind, due_at: datetime, *, now: datetime) -> dict[str, Any]:
    opened = told.opened
    if opened is None:
        raise AssertionError("talk belongs under a message")
    return {
        "alert_id": alert.id,
        "destination": opened.destination,
        "channel": opened.channel,
        "mentions": opened.mentions if kind is DeliveryKind.BROADCAST else (),
        # What changes a message must not take out why it came there.
        "instead_of": opened.instead_of if kind is DeliveryKind.UPDATE else None,
        "unanswered_s": opened.unanswered_s if kind is DeliveryKind.UPDATE else None,
        "kind": kind.value,
        "seq": 1,
        "parent_id": opened.id,
        "parent_ref": opened.remote_ref,
        "level": alert.level,
        "attempts": 0,
        "created_at": now,
        "due_at": due_at,
        "state": DeliveryState.DUE.value,
    }


def _again(alert: Alert, told: Told, row: Row[Any], due_at: datetime, *, now: datetime) -> dict[str, Any]:
    cleared = {"settled_at": None, "reason": None, "remote_ref": None, "claimed_by": None}
    values = _new(alert, told, DeliveryKind(row.kind), due_at, now=now)
    return {**values, **cleared, "seq": row.seq + 1}


def _change(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(values))
