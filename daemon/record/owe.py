"""Who is told of new alerts: deliveries due, or held where many come at once, late, or in quiet hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from daemon.model import Address, Alert, DeliveryKind, Gathering, GroupKey, Mode, Plan, address_in, subject_of
from daemon.record.gather import (
    MINUTE,
    Spot,
    Told,
    backlog_room,
    flood_room,
    hold,
    lull_after,
    minute_of,
    row_of,
)
from daemon.record.schema import deliveries
from daemon.record.threads import talk_of


def told_at(plan: Plan, alert: Alert) -> Address | None:
    """Where in this destination an alert is told; None when it is not. Notices go by no route."""
    if alert.is_notice:
        return Address() if plan.takes_notices else None
    is_quiet = alert.mode is not Mode.ALERT or alert.muted_by is not None
    if is_quiet or alert.level.rank < plan.min_level.rank:
        return None
    return address_in(plan.destination, plan.routes, subject_of(alert))


def owe(connection: Connection, opened: Sequence[Alert], plans: Sequence[Plan], *, now: datetime) -> dict[str, int]:
    """Make the deliveries of newly opened alerts; gives how many were held back for a summary, by what gathers them."""
    held: dict[str, int] = defaultdict(int)
    for plan in plans:
        told = [(alert, address) for alert in opened if (address := told_at(plan, alert))]
        for gathering, count in owe_to(connection, plan, told, now=now).items():
            held[gathering.value] += count
    return held


def owe_to(connection: Connection, plan: Plan, told: Iterable[Told], *, now: datetime) -> dict[Gathering, int]:
    """Make the deliveries of these alerts in one destination, each in its channel.

    Of one batch the gravest are told one by one. Notices are never held: few come in an hour.
    """
    held: dict[Gathering, int] = defaultdict(int)
    by_channel: dict[str | None, list[Told]] = defaultdict(list)
    for alert, address in sorted(told, key=lambda each: _gravest_first(each[0])):
        by_channel[address.channel].append((alert, address))
    for channel, there in by_channel.items():
        spot = Spot(destination=plan.destination, channel=channel, talk=talk_of(plan.kinds))
        if plan.quiet is not None:
            there = _keep_quiet(connection, plan, spot, there, held, now=now)
        _tell_or_hold(connection, plan, spot, there, held, now=now)
    return held


def quiet_until(plan: Plan, alert: Alert, now: datetime) -> datetime | None:
    """When quiet hours let this alert be told; None for now."""
    return None if alert.is_notice or plan.quiet is None else plan.quiet.until(alert.level, now)


def _keep_quiet(
    connection: Connection, plan: Plan, spot: Spot, told: Sequence[Told], held: dict[Gathering, int], *, now: datetime
) -> list[Told]:
    """Hold what is to wait for the end of quiet hours; gives the rest."""
    waiting: dict[datetime, list[Told]] = defaultdict(list)
    rest: list[Told] = []
    for alert, address in told:
        until = quiet_until(plan, alert, now)
        (rest if until is None else waiting[until]).append((alert, address))
    for until, some in waiting.items():
        hold(connection, spot, some, Gathering.QUIET, now=now, until=until)
        held[Gathering.QUIET] += len(some)
    return rest


def _tell_or_hold(
    connection: Connection, plan: Plan, spot: Spot, told: Sequence[Told], held: dict[Gathering, int], *, now: datetime
) -> None:
    notices = [each for each in told if each[0].is_notice]
    late = [each for each in told if each[0].is_late]
    fresh = [each for each in told if not (each[0].is_notice or each[0].is_late)]
    few_late = backlog_room(connection, spot, most=plan.late_messages, now=now) if late else 0
    few = flood_room(connection, spot, now=now) if fresh else 0
    now_told = sorted([*late[:few_late], *fresh[:few]], key=lambda each: _gravest_first(each[0]))
    _tell(connection, plan, spot, [*notices, *now_told], now=now)
    hold(connection, spot, late[few_late:], Gathering.BACKLOG, now=now, until=lull_after(now))
    hold(connection, spot, fresh[few:], Gathering.FLOOD, now=now, until=minute_of(now) + MINUTE)
    for gathering, some in ((Gathering.BACKLOG, late[few_late:]), (Gathering.FLOOD, fresh[few:])):
        held[gathering] += len(some)


def _gravest_first(alert: Alert) -> tuple[int, datetime, str, GroupKey]:
    return -alert.level.rank, alert.first_at, alert.rule_id, alert.group


def _tell(connection: Connection, plan: Plan, spot: Spot, told: Sequence[Told], *, now: datetime) -> None:
    if not told:
        return
    due = {"due_at": now, "talk": spot.talk}
    rows = [row_of(alert, spot, address, DeliveryKind.OPEN, now=now) | due for alert, address in told]
    inserted = connection.execute(deliveries.insert().returning(deliveries.c.id, deliveries.c.alert_id), rows)
    parents = {row.alert_id: row.id for row in inserted}
    if DeliveryKind.DETAILS in plan.kinds:
        children = [
            row_of(alert, spot, Address(), DeliveryKind.DETAILS, now=now) | {"parent_id": parents[alert.id]}
            for alert, _ in told
            if not alert.is_notice  # a notice has no event whose details could follow
        ]
        if children:
            connection.execute(deliveries.insert(), children)
