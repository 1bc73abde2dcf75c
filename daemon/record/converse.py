"""An alert that goes on, told where it was told before: with the matches by which it grew, or once a try is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from daemon.model import TALK, Alert, Delivery, DeliveryKind, Gathering, Mode, Plan, TraitKind, address_in, subject_of
from daemon.record.alerts import load_alerts
from daemon.record.answered import answered_of
from daemon.record.owe import owe, quiet_until, told_at
from daemon.record.releasing import has_room, release, revive
from daemon.record.ringing import is_repeat_due, owed
from daemon.record.threads import Told, arm, lock_threads, raise_levels, repeats_left

FOLLOWED = frozenset({DeliveryKind.OPEN, *TALK})
_LEADS_ELSEWHERE = frozenset({TraitKind.ACCOUNT, TraitKind.REGION})


def converse(
    connection: Connection, grown: Sequence[Alert], plans: Sequence[Plan], *, risen: Collection[str], now: datetime
) -> Mapping[str, int]:
    """Owe what alerts that have grown ask for. `risen`: those of them whose level has risen just now, by id.

    One that was told somewhere goes on there. One that rises to a destination's `min_level`, or whose level, accounts
    or regions lead it by routes to a further destination, opens there. One that somebody has answered rings for what is
    new about it, and no more for time alone. Gives how many of these are held, by what gathers them.
    """
    held: Counter[str] = Counter()
    told = {alert.id: alert for alert in grown if alert.mode is Mode.ALERT and alert.muted_by is None}
    told = {alert_id: alert for alert_id, alert in told.items() if not alert.is_notice}
    answered = answered_of(connection, sorted(told))
    for plan in plans:
        threads = lock_threads(connection, plan.destination, sorted(told))
        # The gravest first: of what rings for time alone only so many do in an hour.
        for alert_id, thread in sorted(threads.items(), key=lambda item: -told[item[0]].level.rank):
            repeat = plan.repeat_interval if alert_id not in answered else None
            _go_on(connection, told[alert_id], thread, plan, has_risen=alert_id in risen, repeat=repeat, now=now)
        new = [alert for alert in told.values() if alert.id not in threads and (alert.id in risen or _spread(alert))]
        held.update(owe(connection, new, [plan], now=now))
    return held


def go_on_after(connection: Connection, delivery: Delivery, *, now: datetime) -> None:
    """Owe what came up while a message was on its way."""
    if delivery.kind not in FOLLOWED or delivery.edition is None:
        return
    alert = load_alerts(connection, [delivery.alert_id], now=now).get(delivery.alert_id)
    if alert is None or alert.is_notice or alert.version <= delivery.edition.version:
        return
    told = lock_threads(connection, delivery.destination, [alert.id]).get(alert.id)
    if told is None or (thread := told.thread) is None:
        return
    due = {kind: at for kind, at in owed(alert, thread, now=now, repeat=None).items() if kind in told.kinds}
    if told.is_waiting(DeliveryKind.BROADCAST):
        due.pop(DeliveryKind.BROADCAST, None)  # which may wait for the end of quiet hours
    if delivery.kind is DeliveryKind.REPLY and alert.revised is not None:
        due[DeliveryKind.REPLY] = now  # it was taken back while that was on its way
    arm(connection, alert, told, due, now=now)


def _go_on(
    connection: Connection,
    alert: Alert,
    told: Told,
    plan: Plan,
    *,
    has_risen: bool,
    repeat: timedelta | None,
    now: datetime,
) -> None:
    if has_risen:
        told = raise_levels(connection, alert, told, _wakes(alert, told, plan))
        revive(connection, told, now=now)
    if _is_to_be_told_alone(alert, told, plan, has_risen=has_risen, now=now) and has_room(connection, told, now=now):
        release(connection, alert, told, now=now)
    thread = told.thread
    if thread is None:  # what is sent will tell the alert as it is then, and what is dead leads nowhere
        return
    if repeat is not None and is_repeat_due(alert, thread, now, repeat=repeat):
        repeat = repeat if repeats_left(connection, plan.destination, now=now) else None
    due = {kind: at for kind, at in owed(alert, thread, now=now, repeat=repeat).items() if kind in plan.kinds}
    quiet = quiet_until(plan, alert, now)
    if quiet is not None and DeliveryKind.BROADCAST in due:
        due[DeliveryKind.BROADCAST] = max(due[DeliveryKind.BROADCAST], quiet)
    arm(connection, alert, told, due, now=now)


def _wakes(alert: Alert, told: Told, plan: Plan) -> Sequence[str]:
    """Whom an alert that rises mentions there: as the routes say, also those to the destination that it stands for."""
    address, opened = told_at(plan, alert), told.opened
    if address is None and opened is not None and opened.instead_of:
        address = address_in(opened.instead_of, plan.routes, subject_of(alert))
    if address is None and opened is not None and opened.unanswered_s:
        return tuple(opened.mentions or ())
    return () if address is None else address.mentions


def _is_to_be_told_alone(alert: Alert, told: Told, plan: Plan, *, has_risen: bool, now: datetime) -> bool:
    """Whether what a summary would tell has become too serious to wait for it."""
    if told.opened is None or told.held_by is None:
        return False
    if told.held_by is Gathering.QUIET and quiet_until(plan, alert, now) is not None:
        return False
    if told.held_by is Gathering.BACKLOG and not alert.is_late:
        return True  # it goes on just now
    news = alert.news(since=told.opened.told_version or 1)
    return has_risen or any(trait.kind is TraitKind.BREAKTHROUGH for trait in news)


def _spread(alert: Alert) -> bool:
    """Whether an account or a region has joined since it opened."""
    return any(trait.kind in _LEADS_ELSEWHERE for trait in alert.news(since=1))
