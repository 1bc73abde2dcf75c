"""What the reader of a message knows already: what was told in its thread before, and the alert before this one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from daemon.model import TALK, Alert, DeliveryKind, Edition, Previous
from daemon.record.alerts import load_alerts
from daemon.record.schema import deliveries

_CHUNK = 500
_SAYS: Mapping[DeliveryKind, tuple[DeliveryKind, ...]] = {
    DeliveryKind.UPDATE: (DeliveryKind.OPEN, DeliveryKind.UPDATE),
    DeliveryKind.REPLY: (DeliveryKind.OPEN, DeliveryKind.REPLY, DeliveryKind.BROADCAST),
    DeliveryKind.BROADCAST: (DeliveryKind.OPEN, DeliveryKind.BROADCAST),
}


def edition_of(alert: Alert) -> Edition:
    """An alert as it is handed out."""
    return Edition(version=alert.version, count=alert.count)


def known_of(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, Edition]:
    """By the number of a delivery what was told of its alert there, by messages that say what it says."""
    told: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    key = tuple_(deliveries.c.alert_id, deliveries.c.destination)
    is_told = deliveries.c.told_version.is_not(None) & deliveries.c.kind.in_(["open", *(kind.value for kind in TALK)])
    wanted = sorted({(row.alert_id, row.destination) for row in rows})
    for start in range(0, len(wanted), _CHUNK):
        for row in connection.execute(select(deliveries).where(key.in_(wanted[start : start + _CHUNK]), is_told)):
            told[row.alert_id, row.destination].append(row)
    return {row.id: _latest(told[row.alert_id, row.destination], DeliveryKind(row.kind)) for row in rows}


def previous_of(
    connection: Connection, rows: Sequence[Row[Any]], alerts: Mapping[str, Alert], *, now: datetime
) -> dict[int, Previous]:
    """By the number of a delivery the alert before its own, where one is still known, and its message there."""
    ids = {row.id: alerts[row.alert_id].previous_id for row in rows}
    known = load_alerts(connection, sorted({each for each in ids.values() if each}), now=now)
    if not known:
        return {}
    opens = select(deliveries.c.alert_id, deliveries.c.destination, deliveries.c.remote_ref).where(
        deliveries.c.alert_id.in_(sorted(known)), deliveries.c.kind == DeliveryKind.OPEN.value
    )
    refs = {(row.alert_id, row.destination): row.remote_ref for row in connection.execute(opens)}
    return {
        row.id: _previous(known[before], refs.get((before, row.destination)))
        for row in rows
        if (before := ids[row.id]) in known and before is not None
    }


def _previous(alert: Alert, ref: str | None) -> Previous:
    return Previous(id=alert.id, opened_at=alert.opened_at, last_at=alert.last_at, count=alert.count, remote_ref=ref)


def _latest(told: Sequence[Row[Any]], kind: DeliveryKind) -> Edition:
    says = [row for row in told if DeliveryKind(row.kind) in _SAYS[kind]]
    latest = max(says, key=lambda row: row.told_version, default=None)
    if latest is None:
        return Edition(version=1, count=1)
    return Edition(version=latest.told_version, count=latest.told_count or 1)
