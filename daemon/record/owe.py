"""Who is told of new alerts: deliveries due, and the flood guard that gathers the excess of a minute in one summary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from daemon.model import Alert, DeliveryKind, DeliveryState, GroupKey, Level, Mode, Plan
from daemon.record.schema import alerts, deliveries

FLOOD_LIMIT = 20  # new alerts a clock minute and destination that are told one by one
_MINUTE = timedelta(minutes=1)
_CHUNK = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wanted(plan: Plan, alert: Alert) -> bool:
    """Whether this destination is told of this alert."""
    if alert.is_notice:
        return plan.takes_notices
    is_quiet = alert.mode is not Mode.ALERT or alert.muted_by is not None
    return not is_quiet and alert.level.rank >= plan.min_level.rank


def owe(connection: Connection, opened: Sequence[Alert], plans: Sequence[Plan], *, now: datetime) -> int:
    """Make the deliveries of newly opened alerts; gives how many were held back for a summary.

    Of one batch the gravest are told one by one. Notices are never held: few come in an hour.
    """
    held = 0
    for plan in plans:
        told = sorted((alert for alert in opened if wanted(plan, alert)), key=_gravest_first)
        notices = [alert for alert in told if alert.is_notice]
        others = [alert for alert in told if not alert.is_notice]
        room = _room(connection, plan.destination, now=now) if others else 0
        _tell(connection, plan, notices + others[:room], now=now)
        _hold(connection, plan.destination, others[room:], now=now)
        held += len(others[room:])
    return held


def owe_revisions(connection: Connection, revised: Sequence[Alert], plans: Sequence[Plan], *, now: datetime) -> None:
    """Tell of alerts that late events have contradicted, in the thread of each message that told them."""
    for plan in plans:
        told = {alert.id: alert for alert in revised if wanted(plan, alert)}
        opens = _opens(connection, plan.destination, sorted(told))
        rows = [
            _row(told[each.alert_id], plan.destination, DeliveryKind.REPLY, now=now)
            | {"seq": 1 + _replies(connection, each.alert_id, plan.destination), "parent_id": each.id}
            | ({"due_at": now, "parent_ref": each.remote_ref} if each.state == DeliveryState.SENT.value else {})
            for each in opens
        ]
        if rows:
            for row in rows:
                connection.execute(deliveries.insert().values(row))


def _opens(connection: Connection, destination: str, alert_ids: Sequence[str]) -> list[Any]:
    """The messages that told these alerts, or will; not those that nobody will ever read."""
    opens = (deliveries.c.destination == destination) & (deliveries.c.kind == DeliveryKind.OPEN.value)
    query = select(deliveries).where(opens, deliveries.c.state != DeliveryState.DEAD.value)
    query = query.order_by(
        deliveries.c.id
    ).with_for_update()  # or it could be sent meanwhile, and its reply wait for ever
    found: list[Any] = []
    for start in range(0, len(alert_ids), _CHUNK):
        found += connection.execute(query.where(deliveries.c.alert_id.in_(alert_ids[start : start + _CHUNK]))).all()
    return found


def _replies(connection: Connection, alert_id: str, destination: str) -> int:
    mine = (deliveries.c.alert_id == alert_id) & (deliveries.c.destination == destination)
    query = select(func.count()).select_from(deliveries).where(mine, deliveries.c.kind == DeliveryKind.REPLY.value)
    return int(connection.execute(query).scalar_one())


def _gravest_first(alert: Alert) -> tuple[int, datetime, str, GroupKey]:
    return -alert.level.rank, alert.first_at, alert.rule_id, alert.group


def _room(connection: Connection, destination: str, *, now: datetime) -> int:
    told = (
        select(deliveries.c.id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(deliveries.c.destination == destination, deliveries.c.created_at >= _minute(now))
        .where(deliveries.c.created_at < _minute(now) + _MINUTE, deliveries.c.kind == DeliveryKind.OPEN.value)
        .where(alerts.c.is_notice.is_(False))
        .limit(FLOOD_LIMIT)
    )
    return FLOOD_LIMIT - connection.execute(select(func.count()).select_from(told.subquery())).scalar_one()


def _tell(connection: Connection, plan: Plan, told: Sequence[Alert], *, now: datetime) -> None:
    if not told:
        return
    rows = [_row(alert, plan.destination, DeliveryKind.OPEN, now=now) | {"due_at": now} for alert in told]
    inserted = connection.execute(deliveries.insert().returning(deliveries.c.id, deliveries.c.alert_id), rows)
    parents = {row.alert_id: row.id for row in inserted}
    if DeliveryKind.DETAILS in plan.kinds:
        children = [
            _row(alert, plan.destination, DeliveryKind.DETAILS, now=now) | {"parent_id": parents[alert.id]}
            for alert in told
            if not alert.is_notice  # a notice has no event whose details could follow
        ]
        if children:
            connection.execute(deliveries.insert(), children)


def _hold(connection: Connection, destination: str, held: Sequence[Alert], *, now: datetime) -> None:
    if not held:
        return
    summary_id = _summary(connection, destination, held, now=now)
    state = {"state": DeliveryState.HELD.value, "parent_id": summary_id}
    rows = [_row(alert, destination, DeliveryKind.OPEN, now=now) | state for alert in held]
    connection.execute(deliveries.insert(), rows)


def _summary(connection: Connection, destination: str, held: Sequence[Alert], *, now: datetime) -> int:
    """The summary of this minute that nobody can have begun to send, or a new one."""
    first = held[0]  # the gravest
    seq = (now - _EPOCH) // _MINUTE
    growing = select(deliveries.c.id, deliveries.c.level).where(
        deliveries.c.destination == destination,
        deliveries.c.settled_at.is_(None),
        deliveries.c.kind == DeliveryKind.SUMMARY.value,
        deliveries.c.seq == seq,
        deliveries.c.due_at > now,
    )
    # Locked: were it sent while we put more below it, that would be told to nobody.
    row = connection.execute(growing.limit(1).with_for_update()).first()
    if row is None:
        due_at = _minute(now) + _MINUTE
        values = _row(first, destination, DeliveryKind.SUMMARY, now=now) | {"seq": seq, "due_at": due_at}
        return int(connection.execute(deliveries.insert().values(values).returning(deliveries.c.id)).scalar_one())
    if first.level.rank > row.level.rank:
        _raise_level(connection, row.id, first.level)
    return int(row.id)


def _raise_level(connection: Connection, delivery_id: int, level: Level) -> None:
    connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(level=level))


def _row(alert: Alert, destination: str, kind: DeliveryKind, *, now: datetime) -> dict[str, Any]:
    return {
        "alert_id": alert.id,
        "destination": destination,
        "kind": kind.value,
        "seq": 0,
        "parent_id": None,
        "level": alert.level,
        "attempts": 0,
        "created_at": now,
        "due_at": None,
        "state": DeliveryState.DUE.value,
    }


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
