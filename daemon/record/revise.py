"""Alerts that late events have contradicted: told in the thread of each message that told them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from daemon.model import Address, Alert, DeliveryKind, DeliveryState, Plan
from daemon.record.gather import Spot, row_of
from daemon.record.schema import deliveries

_CHUNK = 500


def owe_revisions(connection: Connection, revised: Sequence[Alert], plans: Sequence[Plan], *, now: datetime) -> None:
    """Make the replies that say so: wherever the alert was told, whoever routes would tell of it today."""
    told = {alert.id: alert for alert in revised}
    for plan in plans:
        for each in _opens(connection, plan.destination, sorted(told)):
            if _hasten_reply(connection, each, now=now):
                continue
            spot = Spot(destination=plan.destination, channel=each.channel)
            row = row_of(told[each.alert_id], spot, Address(channel=each.channel), DeliveryKind.REPLY, now=now)
            row |= {"seq": 1 + _last_reply(connection, each.alert_id, plan.destination), "parent_id": each.id}
            if each.state == DeliveryState.SENT.value:
                row |= {"due_at": now, "parent_ref": each.remote_ref}
            connection.execute(deliveries.insert().values(row))


def _hasten_reply(connection: Connection, opened: Any, *, now: datetime) -> bool:
    """Whether a reply waits already, which says what the alert is when it is sent; it waits no longer."""
    of_thread = (deliveries.c.alert_id == opened.alert_id) & (deliveries.c.destination == opened.destination)
    waiting = of_thread & (deliveries.c.kind == DeliveryKind.REPLY.value) & deliveries.c.settled_at.is_(None)
    due_at = now if opened.state == DeliveryState.SENT.value else deliveries.c.due_at
    return connection.execute(update(deliveries).where(waiting).values(due_at=due_at)).rowcount > 0


def _opens(connection: Connection, destination: str, alert_ids: Sequence[str]) -> list[Any]:
    """The messages that told these alerts, or will; not those that nobody will ever read."""
    opens = (deliveries.c.destination == destination) & (deliveries.c.kind == DeliveryKind.OPEN.value)
    query = select(deliveries).where(opens, deliveries.c.state != DeliveryState.DEAD.value)
    query = query.order_by(
        deliveries.c.id
    ).with_for_update()  # or it could be sent meanwhile, and its reply wait for ever
    found: list[Any] = []
    for start in range(0, len(alert_ids), _CHUNK):
        found += connection.execute(query.where(deliveries.c.alert_id.in_(alert_ids[start : start + _CHUNK]))).all()
    return found


def _last_reply(connection: Connection, alert_id: str, destination: str) -> int:
    mine = (deliveries.c.alert_id == alert_id) & (deliveries.c.destination == destination)
    query = select(func.max(deliveries.c.seq)).where(mine, deliveries.c.kind == DeliveryKind.REPLY.value)
    return int(connection.execute(query).scalar_one() or 0)
