"""Dead deliveries put back to due by a person, together with the message they belong under."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from daemon.model import DeliveryKind, DeliveryState
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database
from daemon.record.outbox import PARENT_DEAD
from daemon.record.removed import DESTINATION_REMOVED, configured_destinations
from daemon.record.schema import deliveries

_WITH_PARENT = (PARENT_DEAD, DESTINATION_REMOVED)


def retry_deliveries(database: Database, ids: Collection[int] | None, *, now: datetime) -> int:
    """Put back the dead deliveries of these numbers, or all when None; gives how many, relatives included.

    Those of a destination that is not configured stay dead: nobody would send them.
    """
    with database.writing() as connection:
        wait_for_turn(connection)
        known = configured_destinations(connection)
        dead = {row.id: row for row in _dead(connection) if known is None or row.destination in known}
        wanted = set(dead) if ids is None else _with_relatives(dead, ids)
        rows = [_revived(dead[delivery_id], wanted, now=now) for delivery_id in sorted(wanted)]
        if rows:
            names = ("due_at", "state", "parent_ref")
            values = {name: bindparam(f"new_{name}", type_=deliveries.c[name].type) for name in names}
            one = update(deliveries).where(deliveries.c.id == bindparam("delivery_id"))
            connection.execute(one.values(settled_at=None, reason=None, **values), rows)
    return len(wanted)


def _dead(connection: Connection) -> Sequence[Row[Any]]:
    parents = deliveries.alias()
    columns = (deliveries.c[name] for name in ("id", "destination", "kind", "reason", "parent_id"))
    of_parent = (parents.c.state.label("parent_state"), parents.c.remote_ref.label("parent_ref"))
    joined = deliveries.outerjoin(parents, parents.c.id == deliveries.c.parent_id)
    query: Select[Any] = (
        select(*columns, *of_parent).select_from(joined).where(deliveries.c.state == DeliveryState.DEAD.value)
    )
    return connection.execute(query).all()


def _with_relatives(dead: dict[int, Row[Any]], ids: Collection[int]) -> set[int]:
    """A child cannot go without its parent, and those that died of it, or together with it, live with it."""
    wanted = {delivery_id for delivery_id in ids if delivery_id in dead}
    wanted |= {dead[delivery_id].parent_id for delivery_id in wanted} & dead.keys()
    return wanted | {row.id for row in dead.values() if row.parent_id in wanted and row.reason in _WITH_PARENT}


def _revived(row: Row[Any], wanted: set[int], *, now: datetime) -> dict[str, Any]:
    """Waits again for a parent that is revived too; else falls due by itself."""
    is_waiting = row.parent_id in wanted
    is_held = is_waiting and row.kind == DeliveryKind.OPEN.value
    return {
        "delivery_id": row.id,
        "new_due_at": None if is_waiting else now,
        "new_state": (DeliveryState.HELD if is_held else DeliveryState.DUE).value,
        "new_parent_ref": None if is_waiting or row.kind == DeliveryKind.OPEN.value else row.parent_ref,
    }
