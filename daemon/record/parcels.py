"""Deliveries packed with what they tell: one alert, or for a summary every alert that was held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, literal, select

from daemon.model import Alert, DeliveryKind
from daemon.ports import Parcel
from daemon.record.alerts import load_alerts
from daemon.record.columns import Json
from daemon.record.rows import alert_of, delivery_of
from daemon.record.schema import alerts, deliveries

TOLD_IN_FULL = 50  # alerts of a summary that come with their samples; a flood of thousands must fit in memory


def pack(connection: Connection, rows: Sequence[Row[Any]], *, now: datetime) -> list[Parcel]:
    """A parcel for each delivery, in order."""
    single = load_alerts(connection, sorted({row.alert_id for row in rows}), now=now)
    held = _held(connection, [row.id for row in rows if row.kind == DeliveryKind.SUMMARY.value], now=now)
    return [Parcel(delivery=delivery_of(row), alerts=tuple(held.get(row.id) or [single[row.alert_id]])) for row in rows]


def _held(connection: Connection, summaries: Sequence[int], *, now: datetime) -> dict[int, list[Alert]]:
    """The alerts of each summary, gravest first."""
    told: dict[int, list[Alert]] = defaultdict(list)
    if summaries:
        empty = literal([], type_=Json)
        light = [empty.label("samples") if column.name == "samples" else column for column in alerts.c]
        query = (
            select(deliveries.c.parent_id, *light)
            .join(alerts, alerts.c.id == deliveries.c.alert_id)
            .where(deliveries.c.parent_id.in_(summaries), deliveries.c.kind == DeliveryKind.OPEN.value)
            .order_by(alerts.c.level.desc(), alerts.c.opened_at, alerts.c.id)
        )
        for row in connection.execute(query):
            told[row.parent_id].append(alert_of(row, now=now))
    return {summary: _with_samples(connection, some, now=now) for summary, some in told.items()}


def _with_samples(connection: Connection, some: list[Alert], *, now: datetime) -> list[Alert]:
    full = load_alerts(connection, [alert.id for alert in some[:TOLD_IN_FULL]], now=now)
    return [full.get(alert.id, alert) for alert in some]
