"""How matches turn into alerts: which one a match joins, when a new one is opened, what it shows. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from daemon.model import Alert, AlertState, GroupKey, Match, RuleFacts, Sample
from daemon.record.columns import storable
from daemon.record.ids import MakeId
from daemon.record.matches import Found, MatchKey
from daemon.record.traits import learned, risen
from daemon.trail.masking import mask_value

LATE_AFTER = timedelta(days=1)
_LATEST_SAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What came of a group: the alerts opened or grown, in order, and where each match went."""

    alerts: tuple[Alert, ...]
    home: dict[MatchKey, str]  # the alert's id by match


def group_id(rule_id: str, group: GroupKey, *, muted_by: int | None = None) -> str:
    """A short stand-in for a rule and a group, whatever their length.

    What is muted never joins what is told, nor what another mute keeps quiet: two in turn would open one each time.
    """
    key = [rule_id, group] if muted_by is None else [rule_id, group, muted_by]
    return sha256(json.dumps(key).encode()).hexdigest()[:32]


def grow(
    current: Alert | None,
    found: Sequence[Found],
    *,
    make_id: MakeId,
    ruleset_digest: str,
    late_after: timedelta = LATE_AFTER,
) -> Grown:
    """Let the new matches of one rule and group join its open alert, or open one.

    An alert closes after `close_after` of quiet on the recording clock. One that was opened under another level or
    mode takes no more matches either: else a rule set from shadow to alert would go on in silence. What
    each mute keeps quiet has a group of its own.
    """
    changed: dict[str, Alert] = {}
    home: dict[MatchKey, str] = {}
    for item in sorted(found, key=lambda item: (item.clock, item.order)):
        if current is not None and _takes(current, item):
            current = _joined(current, item, late_after)
        else:
            identity = make_id(item.clock)
            current = _opened(item, identity, ruleset_digest=ruleset_digest, late_after=late_after, previous=current)
        changed[current.id] = current
        home[item.key] = current.id
    return Grown(alerts=tuple(changed.values()), home=home)


def closes_at(grown_at: datetime, close_after: timedelta) -> datetime:
    """The end of the quiet, never past what a datetime can hold."""
    latest = datetime.max.replace(tzinfo=UTC)
    return latest if close_after >= latest - grown_at else grown_at + close_after


def _takes(alert: Alert, item: Found) -> bool:
    rule = item.match.rule
    is_same = (alert.rule_level, alert.mode) == (rule.level, rule.options.mode)
    # Either way: an alert from a clock that was a year ahead must not take matches in, in silence, for a year.
    return is_same and abs(item.clock - alert.grown_at) < rule.options.close_after


def _joined(alert: Alert, item: Found, late_after: timedelta) -> Alert:
    sample = sample_of(item.match)
    first, *rest = (*alert.samples, sample)
    grown = replace(
        alert,
        state=AlertState.OPEN,
        first_at=min(alert.first_at, item.at),
        last_at=max(alert.last_at, item.at),
        grown_at=max(alert.grown_at, item.clock),
        count=alert.count + 1,
        is_late=alert.is_late and _is_late(item, late_after),  # late is one whose every event was
        samples=(first, *rest[-_LATEST_SAMPLES:]),
        version=alert.version + 1,
    )
    return risen(learned(_with_first_traits(grown, alert), sample), item.match.rule.options.escalate)


def _with_first_traits(grown: Alert, alert: Alert) -> Alert:
    """Of an alert from before traits were kept, those of its samples."""
    if alert.traits:
        return grown
    known = alert
    for sample in alert.samples:
        known = learned(known, sample)
    return replace(grown, traits=known.traits)


def _opened(item: Found, alert_id: str, *, ruleset_digest: str, late_after: timedelta, previous: Alert | None) -> Alert:
    match = item.match
    rule = match.rule
    alert = Alert(
        id=alert_id,
        rule_id=item.key[0],
        group=told_group(match),
        level=rule.level,
        title=storable(rule.title),
        mode=rule.options.mode,
        state=AlertState.OPEN,
        first_at=item.at,
        last_at=item.at,
        opened_at=item.clock,
        grown_at=item.clock,
        count=1,
        is_late=_is_late(item, late_after),
        samples=(sample_of(match),),
        facts=RuleFacts(
            description=rule.description,
            tags=rule.tags,
            false_positives=rule.false_positives,
            runbook=rule.options.runbook,
            path=rule.path,
        ),
        ruleset_digest=ruleset_digest,
        previous_id=None if previous is None else previous.id,
        muted_by=item.muted_by,
    )
    return learned(alert, alert.samples[0])


def told_group(match: Match) -> GroupKey:
    """A match's group as its alert keeps it."""
    return tuple((storable(name), storable(mask_value(name, value))) for name, value in match.group)


def sample_of(match: Match) -> Sample:
    """What an alert keeps of one event."""
    event = match.event
    return Sample(
        event_id=event.id,
        time=event.time,
        name=event.name,
        source=event.source,
        account=event.account,
        region=event.region,
        actor=event.actor.label,
        object_url=event.object.url,
        summary=match.summary,
        fields=match.fields,
        record=match.record,
        principal=event.actor.principal,
    )


def _is_late(item: Found, late_after: timedelta) -> bool:
    return item.clock - item.at > late_after
