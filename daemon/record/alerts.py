"""Alerts in the database: groups locked, current alerts loaded, opened and grown ones saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from daemon.model import Alert
from daemon.record.dialect import insert_missing
from daemon.record.grow import closes_at
from daemon.record.rows import alert_of, alert_values
from daemon.record.schema import alerts, groups

_CHUNK = 500


def lock_groups(connection: Connection, rules: Mapping[str, str]) -> dict[str, str | None]:
    """Lock the rows of these groups (id: rule id), in order, making what is missing; gives each one's last alert.

    Whoever holds them decides alone which alert a match joins. Sorted, so that two writers cannot block each other.
    """
    ids = sorted(rules)
    if not ids:
        return {}
    connection.execute(insert_missing(connection, groups), [{"id": key, "rule_id": rules[key]} for key in ids])
    last: dict[str, str | None] = {}
    for start in range(0, len(ids), _CHUNK):
        some = groups.c.id.in_(ids[start : start + _CHUNK])
        query = select(groups.c.id, groups.c.alert_id).where(some).order_by(groups.c.id).with_for_update()
        last.update((row.id, row.alert_id) for row in connection.execute(query))
    return last


def load_alerts(connection: Connection, ids: Sequence[str], *, now: datetime) -> dict[str, Alert]:
    """Whole alerts by id."""
    rows: list[Row[Any]] = []
    for start in range(0, len(ids), _CHUNK):
        rows += connection.execute(select(alerts).where(alerts.c.id.in_(ids[start : start + _CHUNK])))
    return {row.id: alert_of(row, now=now) for row in rows}


def save_alerts(connection: Connection, changed: Sequence[tuple[Alert, timedelta]], *, known: set[str]) -> None:
    """Write alerts, each with its `close_after`; `known` are those that have a row already."""
    rows = [alert_values(alert, closes_at=closes_at(alert.grown_at, quiet)) for alert, quiet in changed]
    new = [row for row in rows if row["id"] not in known]
    grown = [
        {f"new_{name}": row[name] for name in _GROWING} | {"alert_id": row["id"]} for row in rows if row["id"] in known
    ]
    if new:
        connection.execute(alerts.insert(), new)
    if grown:
        connection.execute(_GROW, grown)


def remember_last(connection: Connection, last: Mapping[str, str]) -> None:
    """Tell each group (by id) its latest alert."""
    rows = [{"group": group, "alert": alert} for group, alert in last.items()]
    if rows:
        one = update(groups).where(groups.c.id == bindparam("group"))
        connection.execute(one.values(alert_id=bindparam("alert")), rows)


_GROWING = (
    *("first_at", "last_at", "grown_at", "closes_at", "count", "is_late", "samples", "revised", "muted_by"),
    *("level", "opened_level", "version", "traits"),
)
_GROW = (
    update(alerts)
    .where(alerts.c.id == bindparam("alert_id"))
    .values({name: bindparam(f"new_{name}", type_=alerts.c[name].type) for name in _GROWING})
)
