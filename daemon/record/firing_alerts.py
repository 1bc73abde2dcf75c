"""Bursts of correlations as alerts: one a burst, which grows while it lasts and says so when it no longer holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from daemon.model import Actor, Alert, AlertState, Correlation, GroupKey, RuleFacts, Sample
from daemon.record.alerts import load_alerts, save_alerts
from daemon.record.burst_events import Burst, Made, read_burst
from daemon.record.columns import storable
from daemon.record.contributing import sample_of
from daemon.record.correlation_state import from_us, group_of
from daemon.record.correlation_tables import bursts, correlation_groups
from daemon.record.firings import Change, StoredBurst
from daemon.record.grow import LATE_AFTER
from daemon.record.ids import MakeId
from daemon.record.mutes import InForce, in_force
from daemon.record.muting import muted_burst
from daemon.record.traits import learned, risen, risen_of
from daemon.trail.shown_group import shown_group
from daemon.trail.summary import render_summary
from daemon.windows import Span, describe_correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A burst as it is now, and where it was before; None of a new one."""

    burst_id: int
    group: GroupKey
    span: Span
    before: Span | None
    alert_id: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a correlation's changes: its alerts, and bursts that other correlations may count.

    `risen`: the ids of those of `grown` whose level has risen. `lost`: what holds no more, with where it began.
    """

    alerts: dict[str, Alert] = field(default_factory=dict)
    opened: list[Alert] = field(default_factory=list)
    revised: list[Alert] = field(default_factory=list)
    grown: list[Alert] = field(default_factory=list)
    risen: frozenset[str] = frozenset()
    told: list[Told] = field(default_factory=list)
    lost: list[tuple[GroupKey, StoredBurst]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How alerts are made in this transaction. Of a history all comes first, and any number of groups is followed."""

    make_id: MakeId
    ruleset_digest: str
    now: datetime
    is_history: bool = False
    late_after: timedelta = LATE_AFTER


def tell(connection: Connection, correlation: Correlation, changes: Sequence[Change], telling: Telling) -> Outcome:
    """Write the bursts and their alerts. A silent correlation has bursts that others count, and tells nobody."""
    stored = [burst for change in changes for burst in (*change.gone, *(b for _, old in change.spans for b in old))]
    known = load_alerts(connection, sorted({burst.alert_id for burst in stored}), now=telling.now)
    groups = _groups(connection, [change.group_id for change in changes])
    outcome = Outcome()
    holding = in_force(connection, now=telling.now) if changes else InForce()
    for change in changes:
        _tell_group(connection, correlation, change, groups[change.group_id], known, holding, telling, outcome)
    _forget(connection, [burst.id for _, burst in outcome.lost])
    if correlation.is_silent:
        return replace(outcome, opened=[], revised=[])
    quiet = max(correlation.options.close_after, correlation.timespan)
    changed = [*(alert for alert in outcome.alerts.values() if known.get(alert.id) is not alert), *outcome.revised]
    save_alerts(connection, [(alert, quiet) for alert in changed], known=set(known))
    grown = [alert for alert in changed if alert.id in known]
    return replace(outcome, grown=grown, risen=risen_of(grown, known))


def _tell_group(
    connection: Connection,
    correlation: Correlation,
    change: Change,
    group: GroupKey,
    known: Mapping[str, Alert],
    holding: InForce,
    telling: Telling,
    outcome: Outcome,
) -> None:
    for span, old in change.spans:
        burst = Burst(group_id=change.group_id, group=group, span=span)
        made = read_burst(connection, correlation, burst)
        if made is None:  # it ended so long ago that nothing of it is known
            continue
        current = known.get(old[0].alert_id) if old else None
        previous = None if current is not None or telling.is_history else _previous(connection, burst)
        alert = _alert(correlation, burst, made, current, telling, previous_id=previous)
        if current is None or (current.muted_by is not None and alert is not current):
            alert = replace(alert, muted_by=muted_burst(holding, correlation, alert.group, level=alert.level))
        burst_id = _keep(connection, burst, old, alert.id)
        before = old[0].span if old else None
        outcome.told.append(Told(burst_id=burst_id, group=group, span=span, before=before, alert_id=alert.id))
        outcome.alerts[alert.id] = alert
        is_first_told = current is not None and current.muted_by is not None and alert.muted_by is None
        outcome.opened += [alert] if current is None or is_first_told else []
        outcome.lost += [(group, joined) for joined in old[1:]]
        outcome.revised += _revised(old[1:], known, why=f"joined with alert {alert.id}")
    outcome.lost += [(group, burst) for burst in change.gone]
    outcome.revised += _revised(change.gone, known, why="late events show that its condition did not hold")


def _revised(stored: Sequence[StoredBurst], known: Mapping[str, Alert], *, why: str) -> list[Alert]:
    revised = [known[burst.alert_id] for burst in stored if burst.alert_id in known]
    return [replace(alert, revised=why, version=alert.version + 1) for alert in revised]


def _alert(
    correlation: Correlation,
    burst: Burst,
    made: Made,
    current: Alert | None,
    telling: Telling,
    *,
    previous_id: str | None,
) -> Alert:
    """The burst's alert: a new one, or the one it has, grown if there is more of it than before."""
    samples = _samples(correlation, burst.group, made)
    if current is not None:
        grown = replace(
            current,
            first_at=min(current.first_at, from_us(made.first)),
            last_at=max(current.last_at, from_us(made.last)),
            count=max(current.count, made.count),  # of one that goes on for long, the first events are forgotten by now
            revised=None,
        )
        if grown == current:  # the same events, delivered once more
            return current
        more = replace(grown, state=AlertState.OPEN, grown_at=max(current.grown_at, telling.now), samples=samples)
        return _with_news(replace(more, version=current.version + 1), correlation, current)
    opened = Alert(
        id=telling.make_id(telling.now),
        rule_id=correlation.id,
        group=tuple((storable(name), storable(value)) for name, value in shown_group(correlation, burst.group)),
        level=correlation.level,
        title=storable(correlation.title),
        mode=correlation.options.mode,
        state=AlertState.OPEN,
        first_at=from_us(made.first),
        last_at=from_us(made.last),
        opened_at=telling.now,
        grown_at=telling.now,
        count=made.count,
        is_late=telling.now - from_us(made.last) > telling.late_after,
        samples=samples,
        facts=facts_of(correlation),
        ruleset_digest=telling.ruleset_digest,
        previous_id=previous_id,
    )
    return _with_news(opened, correlation, None)


def _with_news(alert: Alert, correlation: Correlation, before: Alert | None) -> Alert:
    """With what its events show that were not shown before, and the level that their count asks for."""
    shown = set() if before is None else {sample.event_id for sample in before.samples}
    for sample in alert.samples:
        if sample.event_id not in shown:
            alert = learned(alert, sample)
    return risen(alert, correlation.options.escalate)


def _previous(connection: Connection, burst: Burst) -> str | None:
    """The alert of the burst before, in the same group."""
    before = (bursts.c.group_id == burst.group_id) & (bursts.c.last_at < burst.span.first)
    query = select(bursts.c.alert_id).where(before).order_by(bursts.c.last_at.desc(), bursts.c.id).limit(1)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def facts_of(correlation: Correlation) -> RuleFacts:
    """What an alert keeps of a correlation."""
    return RuleFacts(
        description=correlation.description,
        tags=correlation.tags,
        false_positives=correlation.false_positives,
        runbook=correlation.options.runbook,
        path=correlation.path,
        correlation=describe_correlation(correlation),
    )


def _samples(correlation: Correlation, group: GroupKey, made: Made) -> tuple[Sample, ...]:
    """What completed the first window, then the first and latest events; the alert's sentence stands in the first."""
    bases = correlation.bases
    first, *others = (sample_of(row.key, row.told, rule=bases[row.base].reference, summary="") for row in made.shown)
    return replace(first, summary=_summary(correlation, group, first, count=made.count)), *others


def _summary(correlation: Correlation, group: GroupKey, sample: Sample, *, count: int) -> str:
    told = dict(shown_group(correlation, group))
    if correlation.options.summary:
        actor = Actor(label=sample.actor, principal=sample.actor, kind="")
        return render_summary(correlation.options.summary, {**sample.record, **told, "count": count}, actor)
    whose = ", ".join(f"{name} = {value}" for name, value in told.items())
    events = "1 event" if count == 1 else f"{count} events"
    return f"{events}: {describe_correlation(correlation)}" + (f" ({whose})" if whose else "")


def _keep(connection: Connection, burst: Burst, old: Sequence[StoredBurst], alert_id: str) -> int:
    span = burst.span
    values = {"group_id": burst.group_id, "first_at": span.first, "last_at": span.last, "alert_id": alert_id}
    if old:
        connection.execute(update(bursts).where(bursts.c.id == old[0].id).values(values))
        return old[0].id
    return int(connection.execute(bursts.insert().values(values).returning(bursts.c.id)).scalar_one())


def _forget(connection: Connection, numbers: Sequence[int]) -> None:
    if numbers:
        one = delete(bursts).where(bursts.c.id == bindparam("number"))
        connection.execute(one, [{"number": number} for number in numbers])


def _groups(connection: Connection, numbers: Sequence[int]) -> dict[int, GroupKey]:
    found: dict[int, GroupKey] = {}
    for start in range(0, len(numbers), 500):
        some = correlation_groups.c.id.in_(numbers[start : start + 500])
        rows = connection.execute(select(correlation_groups.c.id, correlation_groups.c.group_key).where(some))
        found.update((row.id, group_of(row.group_key)) for row in rows)
    return found
