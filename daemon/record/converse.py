"""An alert that goes on, told where it was told before: with the matches by which it grew, or once a try is settled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from daemon.model import TALK, Alert, Delivery, DeliveryKind, Plan, TraitKind
from daemon.record.alerts import load_alerts
from daemon.record.owe import owe, wanted
from daemon.record.ringing import is_repeat_due, owed
from daemon.record.threads import Told, arm, lock_threads, raise_levels, release, repeats_left

_FOLLOWED = frozenset({DeliveryKind.OPEN, *TALK})


def converse(
    connection: Connection, grown: Sequence[Alert], plans: Sequence[Plan], *, risen: Collection[str], now: datetime
) -> int:
    """Owe what alerts that have grown ask for. `risen`: those of them whose level has risen just now, by id.

    One that rises to a destination's `min_level` opens there. Gives how many of these a flood summary holds.
    """
    held = 0
    for plan in plans:
        told = {alert.id: alert for alert in grown if wanted(plan, alert) and not alert.is_notice}
        threads = lock_threads(connection, plan.destination, sorted(told))
        new = [alert for alert in told.values() if alert.id in risen and alert.id not in threads]
        for alert_id, thread in threads.items():
            _go_on(connection, told[alert_id], thread, plan, has_risen=alert_id in risen, now=now)
        held += owe(connection, new, [plan], now=now)
    return held


def go_on_after(connection: Connection, delivery: Delivery, *, now: datetime) -> None:
    """Owe what came up while a message was on its way."""
    if delivery.kind not in _FOLLOWED or delivery.edition is None:
        return
    alert = load_alerts(connection, [delivery.alert_id], now=now).get(delivery.alert_id)
    if alert is None or alert.is_notice or alert.version <= delivery.edition.version:
        return
    told = lock_threads(connection, delivery.destination, [alert.id]).get(alert.id)
    if told is None or (thread := told.thread) is None:
        return
    due = owed(alert, thread, now=now, repeat=None)
    arm(connection, alert, told, {kind: at for kind, at in due.items() if kind in told.kinds}, now=now)


def _go_on(connection: Connection, alert: Alert, told: Told, plan: Plan, *, has_risen: bool, now: datetime) -> None:
    if has_risen:
        raise_levels(connection, alert, plan.destination)
    if told.is_held and (has_risen or _breaks_through(alert)):
        release(connection, alert, told, now=now)
    thread = told.thread
    if thread is None:  # what is sent will tell the alert as it is then, and what is dead leads nowhere
        return
    repeat = plan.repeat_interval
    if repeat is not None and is_repeat_due(alert, thread, now, repeat=repeat):
        repeat = repeat if repeats_left(connection, plan.destination, now=now) else None
    due = owed(alert, thread, now=now, repeat=repeat)
    arm(connection, alert, told, {kind: at for kind, at in due.items() if kind in plan.kinds}, now=now)


def _breaks_through(alert: Alert) -> bool:
    return any(trait.kind is TraitKind.BREAKTHROUGH for trait in alert.traits)
