"""Who is told of an answer: the thread of each message that told its alert, its incident, of a mute the auditors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from daemon.model import MUTING, AnswerKind, DeliveryKind, DeliveryState, KeptAnswer, Level, Plan
from daemon.record.alerts import load_alerts
from daemon.record.follow_ups import owe_follow_up
from daemon.record.schema import alerts, deliveries
from daemon.record.threads import change_now, lock_threads

_TOLD = (DeliveryState.DUE.value, DeliveryState.SENT.value)
_FOLLOWED_BY = {  # to judge an alert is to have seen it, and what was expected is done with
    AnswerKind.ACKNOWLEDGE: DeliveryKind.ACKNOWLEDGE,
    AnswerKind.NOT_EXPECTED: DeliveryKind.ACKNOWLEDGE,
    AnswerKind.EXPECTED: DeliveryKind.RESOLVE,
}


def owe_answer(connection: Connection, kept: KeptAnswer, plans: Sequence[Plan], *, now: datetime) -> None:
    """Make what tells of it due, in this transaction; of an alert that is gone nothing is."""
    level = connection.execute(select(alerts.c.level).where(alerts.c.id == kept.alert_id)).scalar_one_or_none()
    if level is None:
        return
    rows: list[dict[str, Any]] = []
    for plan in plans:
        if DeliveryKind.ANSWER in plan.kinds:
            rows += _replies(connection, kept, plan.destination, level, now=now)
        if DeliveryKind.AUDIT in plan.kinds and kept.kind in MUTING:
            rows.append(_row(kept, plan.destination, DeliveryKind.AUDIT, level, now=now) | {"due_at": now})
    for row in rows:
        connection.execute(deliveries.insert().values(row))


def show_answer(connection: Connection, kept: KeptAnswer, plans: Sequence[Plan], *, now: datetime) -> None:
    """Make the messages that told its alert say so too, where they can be changed: at once, in this transaction."""
    alert = load_alerts(connection, [kept.alert_id], now=now).get(kept.alert_id)
    if alert is None:
        return
    for plan in (each for each in plans if DeliveryKind.UPDATE in each.kinds):
        told = lock_threads(connection, plan.destination, [alert.id]).get(alert.id)
        if told is not None:
            change_now(connection, alert, told, now=now)


def follow_answer(connection: Connection, kept: KeptAnswer, plans: Sequence[Plan], *, now: datetime) -> None:
    """Make due what destinations with incidents of their own are told of it, in this transaction."""
    kind = _FOLLOWED_BY.get(kept.kind)
    if kind is not None:
        owe_follow_up(connection, [kept.alert_id], kind, plans, now=now)


def _replies(
    connection: Connection, kept: KeptAnswer, destination: str, level: Level, *, now: datetime
) -> list[dict[str, Any]]:
    """One below the message that told the alert there, or will; a message that a destination gave no name has none."""
    mine = (deliveries.c.alert_id == kept.alert_id) & (deliveries.c.destination == destination)
    opens = mine & (deliveries.c.kind == DeliveryKind.OPEN.value) & deliveries.c.state.in_(_TOLD)
    # Locked: were it sent meanwhile, its reply would wait for ever.
    query = select(deliveries.c.id, deliveries.c.state, deliveries.c.remote_ref).where(opens)
    row = _row(kept, destination, DeliveryKind.ANSWER, level, now=now)
    return [
        row
        | {"parent_id": told.id}
        | ({"due_at": now, "parent_ref": told.remote_ref} if told.state == DeliveryState.SENT.value else {})
        for told in connection.execute(query.order_by(deliveries.c.id).with_for_update())
    ]


def _row(kept: KeptAnswer, destination: str, kind: DeliveryKind, level: Level, *, now: datetime) -> dict[str, Any]:
    return {
        "alert_id": kept.alert_id,
        "destination": destination,
        "kind": kind.value,
        "seq": kept.number,
        "level": level,
        "attempts": 0,
        "created_at": now,
        "due_at": None,
        "state": DeliveryState.DUE.value,
    }
