"""Deliveries owed to destinations that are no longer configured: nobody would ever send them, so they are set aside.

A destination that is configured but switched off keeps what it is owed.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, update

from daemon.model import DeliveryState
from daemon.record.dialect import replace_rows, wait_for_turn
from daemon.record.engine import Database
from daemon.record.schema import deliveries, meta

DESTINATION_REMOVED = "destination_removed"
_CONFIGURED = "destinations"


def set_removed_aside(database: Database, *, configured: Collection[str], now: datetime) -> dict[str, int]:
    """Make dead what is owed to other names than these, and remember these; gives how many deliveries by name."""
    dead = {"state": DeliveryState.DEAD.value, "reason": DESTINATION_REMOVED, "settled_at": now, "due_at": None}
    is_owed = deliveries.c.settled_at.is_(None)
    aside: dict[str, int] = {}
    with database.writing() as connection:
        wait_for_turn(connection)
        for name in connection.scalars(select(deliveries.c.destination).where(is_owed).distinct()).all():
            if name not in configured:
                of_name = update(deliveries).where(deliveries.c.destination == name, is_owed)
                aside[name] = connection.execute(of_name.values(dead)).rowcount
        row = {"name": _CONFIGURED, "value": json.dumps(sorted(configured))}
        connection.execute(replace_rows(connection, meta, key="name"), row)
    return aside


def configured_destinations(connection: Connection) -> frozenset[str] | None:
    """The names that the daemon knew when it was last started; None before its first start."""
    value = connection.execute(select(meta.c.value).where(meta.c.name == _CONFIGURED)).scalar_one_or_none()
    return None if value is None else frozenset(json.loads(value))
