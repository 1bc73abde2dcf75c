"""Deliveries packed with what they tell: one alert, or for a summary every alert that was held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, literal, select

from daemon.model import TALK, Alert, DeliveryKind, KeptAnswer
from daemon.ports import Parcel
from daemon.record.alerts import load_alerts
from daemon.record.answer_log import load_answers
from daemon.record.answered import answers_of
from daemon.record.columns import Json
from daemon.record.known import edition_of, known_of, previous_of
from daemon.record.rows import alert_of, delivery_of
from daemon.record.schema import alerts, deliveries

_WHOLE = frozenset({DeliveryKind.OPEN.value, DeliveryKind.UPDATE.value})  # these show an alert as it stands
_ANSWERS = frozenset({DeliveryKind.ANSWER.value, DeliveryKind.AUDIT.value})
TOLD_IN_FULL = 50  # alerts of a summary that come with their samples; a flood of thousands must fit in memory


def pack(connection: Connection, rows: Sequence[Row[Any]], *, now: datetime) -> list[Parcel]:
    """A parcel for each delivery, in order."""
    single = load_alerts(connection, sorted({row.alert_id for row in rows}), now=now)
    before = previous_of(connection, rows, single, now=now)
    known = known_of(connection, [row for row in rows if DeliveryKind(row.kind) in TALK])
    held = _held(connection, [row.id for row in rows if row.kind == DeliveryKind.SUMMARY.value], now=now)
    said = load_answers(connection, [row.seq for row in rows if row.kind in _ANSWERS])
    stand = answers_of(connection, sorted({row.alert_id for row in rows if row.kind in _WHOLE}), now=now)
    return [
        Parcel(delivery=replace(delivery_of(row), told_up_to=one.last), alerts=one.alerts)
        if (one := held.get(row.id))
        else Parcel(
            delivery=replace(delivery_of(row), edition=edition_of(single[row.alert_id]), since=known.get(row.id)),
            alerts=(single[row.alert_id],),
            previous=before.get(row.id),
            answer=_answer(row, said),
            answers=stand.get(row.alert_id) if row.kind in _WHOLE else None,
        )
        for row in rows
    ]


def _answer(row: Row[Any], said: Mapping[int, KeptAnswer]) -> KeptAnswer | None:
    return said.get(row.seq) if row.kind in _ANSWERS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What a summary tells: alerts, gravest first, and the number of the last delivery among theirs."""

    alerts: tuple[Alert, ...]
    last: int


def _held(connection: Connection, summaries: Sequence[int], *, now: datetime) -> dict[int, _Held]:
    told: dict[int, list[Alert]] = defaultdict(list)
    last: dict[int, int] = defaultdict(int)
    if summaries:
        empty = literal([], type_=Json)
        light = [empty.label("samples") if column.name == "samples" else column for column in alerts.c]
        query = (
            select(deliveries.c.parent_id, deliveries.c.id.label("held_id"), *light)
            .join(alerts, alerts.c.id == deliveries.c.alert_id)
            .where(deliveries.c.parent_id.in_(summaries), deliveries.c.kind == DeliveryKind.OPEN.value)
            .order_by(alerts.c.level.desc(), alerts.c.opened_at, alerts.c.id)
        )
        for row in connection.execute(query):
            told[row.parent_id].append(alert_of(row, now=now))
            last[row.parent_id] = max(last[row.parent_id], row.held_id)
    return {
        summary: _Held(alerts=_with_samples(connection, some, now=now), last=last[summary])
        for summary, some in told.items()
    }


def _with_samples(connection: Connection, some: list[Alert], *, now: datetime) -> tuple[Alert, ...]:
    full = load_alerts(connection, [alert.id for alert in some[:TOLD_IN_FULL]], now=now)
    return tuple(full.get(alert.id, alert) for alert in some)
