"""What a paused destination is owed, owed to another as well: each alert there once, unless it is told of it anyway."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, select

from daemon.model import Address, Alert, DeliveryKind, DeliveryState, Gathering, Plan
from daemon.record.alerts import load_alerts
from daemon.record.gather import Spot, Told, hold
from daemon.record.owe import owe_to
from daemon.record.remark import remark_instead
from daemon.record.schema import deliveries
from daemon.record.threads import talk_of

_A_TURN = 500  # alerts in one transaction; the next turn goes on
_RINGING = (DeliveryKind.OPEN.value, DeliveryKind.BROADCAST.value)


def is_anything_left(connection: Connection, destination: str, plan: Plan, *, until: datetime) -> bool:
    """Whether there is something to fall back: most of the time there is not, and nobody need be kept from writing."""
    queries = (_alone(destination, plan.destination, until=until), _held(destination, plan.destination, until=until))
    return any(connection.execute(query.limit(1)).first() is not None for query in queries)


def fall_back(connection: Connection, destination: str, plan: Plan, *, until: datetime, now: datetime) -> int:
    """Owe it there too; gives how many alerts. `until`: what has been owed since then or longer.

    What rings falls back: alerts that open or are broadcast, one by one, and what a summary that is due was to tell,
    in a summary there. The least level of `plan` does not hold, its flood guard and its quiet hours do.
    """
    alone = connection.execute(_alone(destination, plan.destination, until=until).limit(_A_TURN)).all()
    held = connection.execute(_held(destination, plan.destination, until=until).limit(_A_TURN)).all()
    rows = {row.alert_id: row for row in (*alone, *held)}
    alerts = load_alerts(connection, sorted(rows), now=now)
    singly = {row.alert_id for row in alone}
    owe_to(connection, plan, [_told(alerts[each], rows[each]) for each in sorted(singly & alerts.keys())], now=now)
    together: dict[Gathering, list[Told]] = defaultdict(list)
    for alert_id in sorted(alerts.keys() - singly):
        row = rows[alert_id]
        together[Gathering(row.gathers or Gathering.FLOOD)].append(_told(alerts[alert_id], row))
    spot = Spot(destination=plan.destination, channel=None, talk=talk_of(plan.kinds))
    for gathering, some in together.items():
        hold(connection, spot, sorted(some, key=_gravest_first), gathering, now=now, until=now)
    meant_for = {each: (rows[each].instead_of or destination, rows[each].unanswered_s) for each in sorted(alerts)}
    remark_instead(connection, plan.destination, meant_for)
    return len(alerts)


def _told(alert: Alert, row: Row[Any]) -> Told:
    """In the other destination's own channel: the one that a route names is the first one's."""
    return alert, Address(mentions=tuple(row.mentions or ()))


def _gravest_first(told: Told) -> tuple[int, str]:
    return -told[0].level.rank, told[0].id


def _alone(destination: str, fallback: str, *, until: datetime) -> Select[Any]:
    """What is owed there and rings by itself."""
    is_due = deliveries.c.state == DeliveryState.DUE.value
    query = select(deliveries).where(deliveries.c.kind.in_(_RINGING), is_due, _is_owed(deliveries, until))
    return query.where(*_of(destination, fallback)).order_by(deliveries.c.level.desc(), deliveries.c.id)


def _held(destination: str, fallback: str, *, until: datetime) -> Select[Any]:
    """What a summary that is due there tells."""
    summaries = deliveries.alias()
    is_told_so = (summaries.c.kind == DeliveryKind.SUMMARY.value) & summaries.c.settled_at.is_(None)
    query = select(deliveries).join(summaries, summaries.c.id == deliveries.c.parent_id)
    query = query.where(is_told_so, _is_owed(summaries, until), deliveries.c.state == DeliveryState.HELD.value)
    return query.where(*_of(destination, fallback)).order_by(deliveries.c.level.desc(), deliveries.c.id)


def _of(destination: str, fallback: str) -> Sequence[ColumnElement[bool]]:
    there = deliveries.alias()
    is_known = exists().where(
        there.c.alert_id == deliveries.c.alert_id,
        there.c.destination == fallback,
        there.c.kind == DeliveryKind.OPEN.value,
    )
    return deliveries.c.destination == destination, deliveries.c.settled_at.is_(None), ~is_known


def _is_owed(table: Any, until: datetime) -> ColumnElement[bool]:
    """Since then or longer; what was tried has its next try in the future."""
    is_old: ColumnElement[bool] = (table.c.created_at <= until) & ((table.c.due_at <= until) | (table.c.attempts > 0))
    return is_old
