"""What follows an alert to destinations that keep incidents of their own: that it is acknowledged, or resolved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from daemon.model import DeliveryKind, DeliveryState, Plan
from daemon.record.schema import deliveries

_CHUNK = 500


def owe_follow_up(
    connection: Connection, alert_ids: Collection[str], kind: DeliveryKind, plans: Sequence[Plan], *, now: datetime
) -> int:
    """Owe it, once an alert, to each destination whose plan has this kind and that was told of the alert by itself.

    It waits for the message that opens the alert there. An alert that only a flood's summary told has no incident of
    its own, and nothing to follow. Gives how many are owed.
    """
    owed = 0
    ordered = sorted(set(alert_ids))
    for plan in (each for each in plans if kind in each.kinds):
        for start in range(0, len(ordered), _CHUNK):
            told = _told(connection, plan.destination, ordered[start : start + _CHUNK], kind)
            rows = [_row(each, kind, now=now) for each in told]
            if rows:
                connection.execute(deliveries.insert(), rows)
            owed += len(rows)
    return owed


def _told(connection: Connection, destination: str, alert_ids: Sequence[str], kind: DeliveryKind) -> list[Any]:
    """The opens of these alerts, without those that were followed already, and those that nobody will ever read."""
    of_these = (deliveries.c.destination == destination) & deliveries.c.alert_id.in_(alert_ids)
    followed = select(deliveries.c.alert_id).where(of_these, deliveries.c.kind == kind.value)
    query = (
        select(deliveries)
        .where(of_these, deliveries.c.kind == DeliveryKind.OPEN.value, deliveries.c.parent_id.is_(None))
        .where(deliveries.c.state != DeliveryState.DEAD.value, deliveries.c.alert_id.not_in(followed))
        .order_by(deliveries.c.id)
        .with_for_update()  # or it could be sent meanwhile, and what follows it wait for ever
    )
    return list(connection.execute(query).all())


def _row(opened: Any, kind: DeliveryKind, *, now: datetime) -> dict[str, Any]:
    is_sent = opened.state == DeliveryState.SENT.value
    return {
        "alert_id": opened.alert_id,
        "destination": opened.destination,
        "kind": kind.value,
        "seq": 0,
        "parent_id": opened.id,
        "level": opened.level,
        "attempts": 0,
        "created_at": now,
        "due_at": now if is_sent else None,
        "parent_ref": opened.remote_ref if is_sent else None,
        "state": DeliveryState.DUE.value,
    }
