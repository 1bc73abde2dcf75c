"""What people look up: alerts, objects and deliveries, newest first; and objects put back to work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from daemon.model import Alert, Delivery, DeliveryState, Level, ObjectState
from daemon.ports import LedgerRow
from daemon.record.alerts import load_alerts
from daemon.record.engine import Database
from daemon.record.ledger import select_ledger_rows
from daemon.record.rows import alert_of, delivery_of, ledger_row
from daemon.record.schema import alerts, deliveries, objects, shards

_CHUNK = 1000
_ALIKE = 10


def list_alerts(
    database: Database,
    *,
    now: datetime,
    limit: int,
    with_notices: bool,
    min_level: Level = Level.INFORMATIONAL,
    only_muted: bool = False,
) -> list[Alert]:
    """The newest alerts; notices, in which the daemon speaks of itself, only when asked for."""
    query = select(alerts).where(alerts.c.level >= min_level)
    if only_muted:
        query = query.where(alerts.c.muted_by.is_not(None))
    if not with_notices:
        query = query.where(alerts.c.is_notice.is_(False))
    newest = query.order_by(alerts.c.opened_at.desc(), alerts.c.id.desc()).limit(limit)
    with database.reading() as connection:
        return [alert_of(row, now=now) for row in connection.execute(newest)]


def alert_ids(database: Database, *, beginning: str) -> list[str]:
    """The ids that begin so, a few of them if there are many; the one only where it is a whole id."""
    if not beginning:
        return []
    alike = select(alerts.c.id).where(alerts.c.id.startswith(beginning, autoescape=True))
    with database.reading() as connection:
        found = list(connection.execute(alike.order_by(alerts.c.id).limit(_ALIKE)).scalars())
    return [beginning] if beginning in found else found


def find_alert(database: Database, alert_id: str, *, now: datetime) -> tuple[Alert, list[Delivery]] | None:
    """One alert with its deliveries; None when there is none of that id."""
    of_alert = select(deliveries).where(deliveries.c.alert_id == alert_id).order_by(deliveries.c.id)
    with database.reading() as connection:
        found = load_alerts(connection, [alert_id], now=now)
        told = [delivery_of(row) for row in connection.execute(of_alert)]
    return (found[alert_id], told) if alert_id in found else None


def list_deliveries(database: Database, *, state: DeliveryState | None, limit: int | None) -> list[Delivery]:
    """The newest deliveries, of one state or of all."""
    query = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(deliveries.c.state == state.value)
    with database.reading() as connection:
        return [delivery_of(row) for row in connection.execute(query)]


def list_objects(database: Database, *, states: Collection[ObjectState], limit: int) -> list[LedgerRow]:
    """The newest objects of these states."""
    query = select_ledger_rows().where(objects.c.state.in_(sorted(states)))
    with database.reading() as connection:
        return [ledger_row(row) for row in connection.execute(query.order_by(objects.c.id.desc()).limit(limit))]


def retry_objects(
    database: Database, keys: Sequence[str], *, all_quarantined: bool, now: datetime
) -> tuple[int, list[str]]:
    """Make objects due now: the named ones (key, URL or file name), and if asked all in quarantine.

    Gives how many, and the names that fit nothing unfinished. A shard that is paused is resumed.
    """
    open_rows = select_ledger_rows().where(objects.c.state != ObjectState.DONE.value)
    wanted = {key.strip(): False for key in keys}
    again: set[int] = set()
    with database.writing() as connection:
        for row in map(ledger_row, connection.execute(open_rows, execution_options={"yield_per": _CHUNK})):
            names = wanted.keys() & {row.object.key, row.object.url, row.object.name}
            wanted.update(dict.fromkeys(names, True))
            if names or (all_quarantined and row.state is ObjectState.QUARANTINED):
                again.add(row.row_id)
        if again:
            one = objects.c.id == bindparam("row_id")
            due = {"state": ObjectState.PENDING.value, "reason": None, "due_at": now, "finished_at": None}
            rows = [{"row_id": row_id} for row_id in sorted(again)]
            connection.execute(update(objects).where(one).values(due), rows)
            of_object = shards.c.id == select(objects.c.shard_id).where(one).scalar_subquery()
            connection.execute(update(shards).where(of_object).values(paused_until=None, pause_reason=None), rows)
    return len(again), [key for key, is_found in wanted.items() if not is_found]
