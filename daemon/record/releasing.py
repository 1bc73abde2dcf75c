"""Alerts whose message was held back, or refused, and that have become too serious for that: told by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select, update

from daemon.model import Alert, DeliveryKind, DeliveryState
from daemon.record.gather import FLOOD_LIMIT, Spot, minute_of
from daemon.record.schema import deliveries
from daemon.record.threads import Told


def has_room(connection: Connection, told: Told, *, now: datetime) -> bool:
    """Whether one more may leave its summary in this clock minute: what rises by hundreds is a flood of its own."""
    if told.opened is None:
        return False
    spot = Spot(destination=told.opened.destination, channel=told.opened.channel)
    lately = (deliveries.c.due_at >= minute_of(now)) | (deliveries.c.settled_at >= minute_of(now))
    alone = (deliveries.c.kind == DeliveryKind.OPEN.value) & deliveries.c.gathers.is_(None)
    few = select(deliveries.c.id).where(spot.is_here, lately, alone).limit(2 * FLOOD_LIMIT).subquery()
    return int(connection.execute(select(func.count()).select_from(few)).scalar_one()) < 2 * FLOOD_LIMIT


def release(connection: Connection, alert: Alert, told: Told, *, now: datetime) -> None:
    """Take an alert out of the summary that holds it; a summary that holds nothing any more is told to nobody."""
    if told.opened is None:
        return
    state = {"state": DeliveryState.DUE.value, "parent_id": None, "due_at": now, "level": alert.level, "gathers": None}
    connection.execute(update(deliveries).where(deliveries.c.id == told.opened.id).values(state))
    held = deliveries.alias()
    is_empty = ~exists().where(held.c.parent_id == told.opened.parent_id)
    summary = (deliveries.c.id == told.opened.parent_id) & (deliveries.c.kind == DeliveryKind.SUMMARY.value)
    is_untouched = deliveries.c.settled_at.is_(None) & deliveries.c.claimed_by.is_(None) & (deliveries.c.attempts == 0)
    connection.execute(delete(deliveries).where(summary, is_untouched, is_empty))


def revive(connection: Connection, told: Told, *, now: datetime) -> None:
    """Try the message of an alert that has risen once more, where it was given up: it may be another one by now."""
    if told.opened is None or told.opened.state != DeliveryState.DEAD.value:
        return
    again = {"state": DeliveryState.DUE.value, "parent_id": None, "due_at": now, "attempts": 0}
    cleared = {"settled_at": None, "reason": None, "gathers": None}
    connection.execute(update(deliveries).where(deliveries.c.id == told.opened.id).values(again | cleared))
