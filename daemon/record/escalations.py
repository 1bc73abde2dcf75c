"""Alerts that nobody answers: by when somebody must have, and who is told of them then.

What a route asks for is written down with the alert, so that no restart forgets it, and looked at once, by whichever
daemon comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from daemon.model import (
    Address,
    Alert,
    AlertState,
    DeliveryKind,
    DeliveryState,
    Mode,
    Plan,
    Route,
    routes_of,
    subject_of,
)
from daemon.record.alerts import load_alerts
from daemon.record.answered import answered_of
from daemon.record.dialect import insert_missing
from daemon.record.escalation_tables import escalations
from daemon.record.owe import owe_to, quiet_until, told_at
from daemon.record.remark import remark_unanswered
from daemon.record.schema import alerts as alert_rows
from daemon.record.threads import Told, arm, lock_threads

_CHUNK = 500
_A_LOOK = 200  # escalations in one transaction; the next look goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """How many alerts nobody had answered, by destination. `lost`: it is off, or knows them and cannot ring again.

    `dropped`: they had closed by the time by which an answer was waited for, or are muted or forgotten.
    """

    told: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wait:
    """What a route asks for of one alert, at one of the destinations that it names."""

    after: timedelta
    due_at: datetime
    mentions: tuple[str, ...]


def await_answers(connection: Connection, alerts: Iterable[Alert], plans: Sequence[Plan], *, now: datetime) -> None:
    """Write down until when an answer to each of these is waited for, where their routes ask for one.

    Given again, since it has grown, an alert is waited for no longer than before, and mentions whom its level asks for.
    """
    if not any(route.escalate_to for plan in plans for route in plan.routes):
        return
    waits = {(alert.id, name): wait for alert in alerts for name, wait in _waits(alert, plans, now=now).items()}
    known = _known(connection, sorted({alert_id for alert_id, _ in waits}))
    new = [_row(*key, wait) for key, wait in waits.items() if key not in known]
    if new:
        connection.execute(insert_missing(connection, escalations), new)
    changed = [
        {"k_alert": key[0], "k_name": key[1], "due": min(due_at, wait.due_at), "wakes": wait.mentions}
        for key, wait in waits.items()
        if (due_at := known.get(key)) is not None
    ]
    if changed:
        connection.execute(_CHANGE, changed)


def next_escalation_at(connection: Connection) -> datetime | None:
    """When the first of them is to be looked at; None when none waits."""
    due_at: datetime | None = connection.execute(
        select(func.min(escalations.c.due_at)).where(escalations.c.due_at.is_not(None))
    ).scalar_one()
    return due_at


def escalate(connection: Connection, plans: Sequence[Plan], *, now: datetime) -> Escalated:
    """Owe what nobody has answered in time to those whom it is to wake.

    One that had closed when it was due, or that nobody is to be told of any more, wakes nobody. However late the look
    comes, what was open then does: else nobody would hear of it because no daemon was there.
    """
    rows = connection.execute(_DUE, {"now": now}).all()
    ids = sorted({row.alert_id for row in rows})
    alerts, answered = load_alerts(connection, ids, now=now), answered_of(connection, ids)
    by_name = {plan.destination: plan for plan in plans}
    told, lost, dropped = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        alert, plan = alerts.get(row.alert_id), by_name.get(row.destination)
        if row.alert_id in answered:
            continue
        if alert is None or not _is_told(alert) or row.closes_at <= row.due_at:
            dropped[row.destination] += 1
            continue
        has_told = plan is not None and _tell(connection, alert, plan, row, now=now)
        (told if has_told else lost)[row.destination] += 1
    if rows:
        done = [{"k_alert": row.alert_id, "k_name": row.destination} for row in rows]
        connection.execute(_DONE, done)
    return Escalated(told=told, lost=lost, dropped=dropped)


def _is_told(alert: Alert) -> bool:
    return alert.mode is Mode.ALERT and alert.muted_by is None


def _waits(alert: Alert, plans: Sequence[Plan], *, now: datetime) -> Mapping[str, _Wait]:
    """By destination; of several routes the one that waits the shortest."""
    if alert.is_notice or alert.state is not AlertState.OPEN or not _is_told(alert):
        return {}
    waits: dict[str, _Wait] = {}
    for route, after, told_from in _asking(alert, plans, now=now):
        wait = _Wait(after=after, due_at=told_from + after, mentions=route.mentioned_at(alert.level))
        for name in route.escalate_to:
            waits[name] = min(waits.get(name, wait), wait, key=lambda each: each.due_at)
    return waits


def _asking(alert: Alert, plans: Sequence[Plan], *, now: datetime) -> Iterator[tuple[Route, timedelta, datetime]]:
    """Routes that take it and want an answer, how soon, and from when on: that is, when the first of them is told."""
    for route in routes_of(next((plan.routes for plan in plans), ()), subject_of(alert)):
        telling = [plan for plan in plans if plan.destination in route.destinations and told_at(plan, alert)]
        if route.escalate_after is not None and telling:
            yield route, route.escalate_after, min(quiet_until(plan, alert, now) or now for plan in telling)


def _known(connection: Connection, alert_ids: Sequence[str]) -> dict[tuple[str, str], datetime | None]:
    found: dict[tuple[str, str], datetime | None] = {}
    for start in range(0, len(alert_ids), _CHUNK):
        some = escalations.c.alert_id.in_(alert_ids[start : start + _CHUNK])
        rows = connection.execute(select(escalations).where(some))
        found.update(((row.alert_id, row.destination), row.due_at) for row in rows)
    return found


def _row(alert_id: str, destination: str, wait: _Wait) -> dict[str, Any]:
    return {
        "alert_id": alert_id,
        "destination": destination,
        "after_s": int(wait.after.total_seconds()),
        "mentions": wait.mentions,
        "due_at": wait.due_at,
    }


def _tell(connection: Connection, alert: Alert, plan: Plan, row: Row[Any], *, now: datetime) -> bool:
    """Open it there, or let it ring again where it is known already; gives whether anybody hears of it."""
    mentions = tuple(row.mentions)
    told = lock_threads(connection, plan.destination, [alert.id]).get(alert.id)
    if told is None or told.opened is None:
        owe_to(connection, plan, [(alert, Address(mentions=mentions))], now=now)
    elif not _ring(connection, alert, told, plan, now=now):
        return False
    remark_unanswered(connection, alert.id, plan.destination, seconds=row.after_s, mentions=mentions)
    return True


def _ring(connection: Connection, alert: Alert, told: Told, plan: Plan, *, now: datetime) -> bool:
    """What is not sent yet will say so by itself; what is dead leads nowhere."""
    if told.thread is None:
        return told.opened is not None and told.opened.state != DeliveryState.DEAD.value
    if DeliveryKind.BROADCAST not in plan.kinds:
        return False
    arm(connection, alert, told, {DeliveryKind.BROADCAST: now}, now=now)
    return True


_DUE = (
    select(escalations, alert_rows.c.closes_at)
    .outerjoin(alert_rows, alert_rows.c.id == escalations.c.alert_id)
    .where(escalations.c.due_at <= bindparam("now", type_=escalations.c.due_at.type))
    .order_by(escalations.c.due_at, escalations.c.alert_id)
    .limit(_A_LOOK)
    .with_for_update(of=escalations)
)
_THIS = (escalations.c.alert_id == bindparam("k_alert")) & (escalations.c.destination == bindparam("k_name"))
_CHANGE = (
    update(escalations)
    .where(_THIS)
    .values(
        due_at=bindparam("due", type_=escalations.c.due_at.type),
        mentions=bindparam("wakes", type_=escalations.c.mentions.type),
    )
)
_DONE = update(escalations).where(_THIS).values(due_at=None)
