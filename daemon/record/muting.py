"""Mutes as they are applied: which of the matches that would alert are muted, and which bursts of correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from daemon.model import Alert, Correlation, GroupKey, Level, Mute
from daemon.record.grow import Grown
from daemon.record.matches import Found
from daemon.record.mutes import InForce, in_force, load_mutes


def mute(connection: Connection, alerting: Sequence[Found], *, now: datetime) -> list[Found]:
    """The same matches, each with the mute that covers it: asked of the event's account and principal."""
    if not alerting:
        return []
    holding = in_force(connection, now=now)
    if not holding.mutes:
        return [*alerting]
    return [replace(found, muted_by=_muted_by(holding, found)) for found in alerting]


def lift(connection: Connection, grown: Mapping[str, Grown]) -> dict[str, Grown]:
    """The same, but for alerts that have risen to a level that their mute does not reach: these are muted no more.

    They are told as if they opened. What comes after joins them, though by itself it is muted.
    """
    muted = {alert.muted_by for one in grown.values() for alert in one.alerts if _may_be_lifted(alert)}
    muting = load_mutes(connection, sorted(number for number in muted if number is not None))
    if not muting:
        return dict(grown)
    return {
        key: replace(one, alerts=tuple(_lifted(alert, muting) for alert in one.alerts)) for key, one in grown.items()
    }


def _may_be_lifted(alert: Alert) -> bool:
    return alert.muted_by is not None and alert.opened_level is not None


def _lifted(alert: Alert, muting: Mapping[int, Mute]) -> Alert:
    mute = muting.get(alert.muted_by or 0) if _may_be_lifted(alert) else None
    return alert if mute is None or mute.reaches(alert.level) else replace(alert, muted_by=None)


def muted_burst(holding: InForce, correlation: Correlation, group: GroupKey, *, level: Level) -> int | None:
    """The mute that covers a burst of this level. Of its many events only what they are grouped by is true of all."""
    told = dict(group)
    account, principal = told.get("recipientAccountId", ""), told.get("derived.principal", "")
    return holding.of(rule_id=correlation.id, level=level, account=account, principal=principal)


def _muted_by(holding: InForce, found: Found) -> int | None:
    event = found.match.event
    return holding.of(
        rule_id=found.key[0],
        level=found.match.rule.level,
        account=event.account,
        principal=event.actor.principal,
    )
