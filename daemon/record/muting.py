"""Mutes as they are applied: which of the matches that would alert are muted, and which bursts of correlations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from daemon.model import Correlation, GroupKey
from daemon.record.matches import Found
from daemon.record.mutes import InForce, in_force


def mute(connection: Connection, alerting: Sequence[Found], *, now: datetime) -> list[Found]:
    """The same matches, each with the mute that covers it: asked of the event's account and principal."""
    if not alerting:
        return []
    holding = in_force(connection, now=now)
    return [replace(found, muted_by=_muted_by(holding, found)) for found in alerting] if holding.mutes else [*alerting]


def muted_burst(holding: InForce, correlation: Correlation, group: GroupKey) -> int | None:
    """The mute that covers a burst. Of its many events only what they are grouped by is true of all."""
    told = dict(group)
    account, principal = told.get("recipientAccountId", ""), told.get("derived.principal", "")
    return holding.of(rule_id=correlation.id, level=correlation.level, account=account, principal=principal)


def _muted_by(holding: InForce, found: Found) -> int | None:
    event = found.match.event
    return holding.of(
        rule_id=found.key[0],
        level=found.match.rule.level,
        account=event.account,
        principal=event.actor.principal,
    )
