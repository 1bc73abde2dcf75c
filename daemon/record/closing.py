"""Alerts that have closed, as destinations with incidents of their own are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, Connection, exists, select, type_coerce

from daemon.model import DeliveryKind, DeliveryState, Plan
from daemon.record.answered import is_answered
from daemon.record.columns import Instant
from daemon.record.follow_ups import owe_follow_up
from daemon.record.schema import alerts, deliveries

_REMEMBERED = timedelta(days=7)  # what closed longer ago stays as it is: a state that comes from before this is no news
_A_LOOK = 500


def closed_of(connection: Connection, plan: Plan, *, now: datetime) -> list[str]:
    """Alerts that this destination was told of, that have closed since, and whose end it does not know.

    Only what somebody has answered, unless the plan says otherwise: else an attacker would only have to be quiet. One
    that it was told of late is not closed for it before it was quiet for as long since then. Notices stay: that
    nothing more was said is no sign that something was mended.
    """
    if DeliveryKind.RESOLVE not in plan.kinds:
        return []
    followed = deliveries.alias()
    knows = exists().where(
        followed.c.alert_id == deliveries.c.alert_id,
        followed.c.destination == plan.destination,
        followed.c.kind == DeliveryKind.RESOLVE.value,
    )
    is_told = (deliveries.c.state == DeliveryState.SENT.value) & deliveries.c.parent_id.is_(None)
    quiet_for = _us(alerts.c.closes_at) - _us(alerts.c.grown_at)
    quiet_until = type_coerce(_us(deliveries.c.settled_at) + quiet_for, Instant)
    query = (
        select(deliveries.c.alert_id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(deliveries.c.destination == plan.destination, deliveries.c.kind == DeliveryKind.OPEN.value, is_told)
        .where(alerts.c.closes_at <= now, alerts.c.closes_at > now - _REMEMBERED, alerts.c.is_notice.is_(False), ~knows)
        .where(quiet_until <= now)
        .order_by(alerts.c.closes_at)
    )
    if not plan.resolves_unanswered:
        query = query.where(is_answered(alerts.c.id))
    return list(connection.scalars(query.limit(_A_LOOK)))


def resolve(connection: Connection, plans: Sequence[Plan], *, now: datetime) -> int:
    """Owe each of them that it is over; gives how many."""
    return sum(
        owe_follow_up(connection, closed_of(connection, plan, now=now), DeliveryKind.RESOLVE, [plan], now=now)
        for plan in plans
    )


def _us(instant: ColumnElement[datetime]) -> ColumnElement[int]:
    return type_coerce(instant, BigInteger)
