"""Opens that were held under a summary after it had been handed out: they were not in the message, so it is not theirs.

A summary takes in nothing once it is due, but only by the clock of whoever records, and clocks step back and differ.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from daemon.model import Delivery, DeliveryKind, DeliveryState
from daemon.record.schema import deliveries


def part_stragglers(connection: Connection, summary: Delivery, *, now: datetime) -> None:
    """Give those that came too late for this summary one of their own, due now."""
    if summary.told_up_to is None:
        return
    late = (
        (deliveries.c.parent_id == summary.id)
        & (deliveries.c.state == DeliveryState.HELD.value)
        & (deliveries.c.id > summary.told_up_to)
    )
    query = select(deliveries.c.alert_id, deliveries.c.level).where(late)
    gravest = connection.execute(query.order_by(deliveries.c.level.desc(), deliveries.c.id).limit(1)).first()
    if gravest is None:
        return
    values = {
        "alert_id": gravest.alert_id,
        "destination": summary.destination,
        "kind": DeliveryKind.SUMMARY.value,
        "seq": summary.seq,
        "level": gravest.level,
        "attempts": 0,
        "created_at": now,
        "due_at": now,
        "state": DeliveryState.DUE.value,
        "channel": summary.channel,
        "mentions": summary.mentions,
        "gathers": None if summary.gathers is None else summary.gathers.value,
    }
    own = connection.execute(deliveries.insert().values(values).returning(deliveries.c.id)).scalar_one()
    connection.execute(update(deliveries).where(late).values(parent_id=own))
