"""Correlations in the one transaction: what counts for them is added, due windows are looked at, firings are told.

Correlations are taken from the lower to the upper, since the bursts of one may count for another.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select

from daemon.model import Alert, Contribution, Correlation, Feed, GroupKey
from daemon.record.burst_events import BURST_KEY
from daemon.record.contributing import TOLD, Row, add, row_of
from daemon.record.correlation_state import digest_of, from_us, mark_changed, number_of, shape_of, to_us
from daemon.record.correlation_tables import contributions, correlation_groups, correlations
from daemon.record.dialect import wait_for_turn
from daemon.record.firing_alerts import Outcome, Telling, Told, tell
from daemon.record.firings import due_correlations, look
from daemon.record.overflow import tell_overflow
from daemon.windows import group_above, is_never_contradicted, timespan_us, values_above

_FAR = 2**62


@dataclass(slots=True, kw_only=True)
class Followed:
    """Alerts of correlations opened, grown and revised, their firings by rule, and what was left out, by reason.

    `grown` by id; `risen` are those of them whose level has risen.
    """

    opened: list[Alert] = field(default_factory=list)
    revised: list[Alert] = field(default_factory=list)
    grown: dict[str, Alert] = field(default_factory=dict)
    risen: frozenset[str] = frozenset()
    fired: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    suppressed: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def take_in(connection: Connection, found: Sequence[Contribution], telling: Telling, followed: Followed) -> None:
    """Add contributions; a group past a correlation's bound is told once, as an alert of its own.

    What comes later than a correlation allows does not count where it could make a window untrue: others that lay in
    that window may be forgotten.
    """
    newest = -_FAR if telling.is_history or not found else _newest(connection, now=telling.now)
    by_correlation: dict[str, tuple[Correlation, list[Row]]] = {}
    for contribution in found:
        row = row_of(contribution)
        if row is None:
            followed.suppressed["no_time"] += 1
            continue
        by_correlation.setdefault(contribution.correlation.id, (contribution.correlation, []))[1].append(row)
    for _, (correlation, rows) in sorted(by_correlation.items()):
        in_time = rows if is_never_contradicted(correlation) else _in_time(rows, correlation, newest=newest)
        if late := len(rows) - len(in_time):
            followed.suppressed["too_late"] += late
        _add(connection, correlation, in_time, telling, followed)


def _in_time(rows: Sequence[Row], correlation: Correlation, *, newest: int) -> list[Row]:
    bound = newest - correlation.lateness // timedelta(microseconds=1)
    return [row for row in rows if row.until >= bound]


def look_at_due(connection: Connection, in_force: Sequence[Correlation], telling: Telling, followed: Followed) -> None:
    """Look at what is due of the correlations in force, given from the lower to the upper."""
    if in_force and due_correlations(connection, now=telling.now):
        wait_for_turn(connection)  # of daemons that are woken at once, the first looks
    for correlation in in_force:
        if not (due := due_correlations(connection, now=telling.now)):
            return
        number = number_of(connection, correlation)
        if number not in due:
            continue
        frozen = _forgotten_to(connection, number) + timespan_us(correlation)
        changes = look(connection, correlation, number, now=telling.now, frozen=frozen)
        outcome = tell(connection, correlation, changes, telling)
        followed.opened += outcome.opened
        followed.revised += outcome.revised
        followed.grown |= {alert.id: alert for alert in outcome.grown}
        followed.risen |= outcome.risen
        followed.fired[correlation.id] += len(outcome.opened)
        followed.suppressed["muted"] += sum(alert.muted_by is not None for alert in outcome.opened)
        for feed in correlation.feeds:
            _feed(connection, correlation, feed, outcome, telling, followed)


def next_look_at(connection: Connection, in_force: Sequence[Correlation]) -> datetime | None:
    """When windows of these correlations are to be looked at next; None when none waits."""
    mine = {(correlation.id, shape_of(correlation)) for correlation in in_force}
    joined = correlation_groups.join(correlations, correlations.c.id == correlation_groups.c.correlation_id)
    which = correlations.c.rule_id, correlations.c.shape
    waiting = select(*which, func.min(correlation_groups.c.due_at).label("due_at")).select_from(joined)
    rows = connection.execute(waiting.where(correlation_groups.c.due_at.is_not(None)).group_by(*which)) if mine else ()
    due = min((row.due_at for row in rows if (row.rule_id, row.shape) in mine), default=None)
    return None if due is None else from_us(due)


def _newest(connection: Connection, *, now: datetime) -> int:
    """How far event time has come: a clock that was ahead somewhere must not make all else late."""
    newest = connection.execute(select(func.max(correlations.c.newest_at))).scalar_one()
    return min(newest or 0, to_us(now))


def _forgotten_to(connection: Connection, number: int) -> int:
    """Windows that begin before then may have lost what made them."""
    found = connection.execute(select(correlations.c.forgotten_to).where(correlations.c.id == number)).scalar_one()
    return -_FAR if found is None else int(found)


def _add(
    connection: Connection, correlation: Correlation, rows: Sequence[Row], telling: Telling, followed: Followed
) -> None:
    if telling.is_history:  # nothing is forgotten meanwhile, so that there are many more at a time
        correlation = replace(correlation, max_groups=_FAR)
    left_out = add(connection, correlation, rows, now=telling.now)
    if left_out:
        followed.suppressed["group_cap"] += left_out
        what = f"More than {correlation.max_groups} groups"
        followed.opened += tell_overflow(connection, correlation, left_out, telling, what=what)


def _feed(
    connection: Connection,
    lower: Correlation,
    feed: Feed,
    outcome: Outcome,
    telling: Telling,
    followed: Followed,
) -> None:
    """Bursts of the lower one as contributions to the upper: what they were before goes, what they are comes."""
    upper, number = feed.correlation, number_of(connection, feed.correlation)
    before = [(told.group, told.burst_id) for told in outcome.told if told.before not in (None, told.span)]
    before += [(group, burst.id) for group, burst in outcome.lost]
    changes: dict[int, tuple[int, int]] = {}
    for group, burst_id in before:
        _withdraw(connection, number, group_above(feed, group), feed.base, burst_id, changes)
    mark_changed(connection, upper, changes, now=telling.now)
    rows = [_row(lower, feed, told, outcome.alerts[told.alert_id]) for told in outcome.told]
    if rows:
        _add(connection, upper, rows, telling, followed)


def _withdraw(
    connection: Connection,
    number: int,
    group: GroupKey,
    base: int,
    burst_id: int,
    changes: dict[int, tuple[int, int]],
) -> None:
    which = {"number": number, "digest": digest_of(group), "base": base, "key": f"{BURST_KEY}{burst_id}"}
    for row in connection.execute(_WITHDRAW, which):
        since, to = changes.get(row.group_id, (row.at, row.until))
        changes[row.group_id] = min(since, row.at), max(to, row.until)


_has, _group = contributions.c, correlation_groups.c
_mine = select(_group.id).where(_group.correlation_id == bindparam("number"), _group.digest == bindparam("digest"))
_WITHDRAW = (
    delete(contributions)
    .where(_has.group_id.in_(_mine), _has.base == bindparam("base"), _has.key == bindparam("key"))
    .returning(_has.group_id, _has.at, _has.until)
)


def _row(lower: Correlation, feed: Feed, told: Told, alert: Alert) -> Row:
    """A burst as what it is to the upper correlation."""
    first = alert.samples[0]
    shown = [lower.title if name == "name" else getattr(first, name) for name in TOLD]
    return Row(
        group=group_above(feed, told.group),
        base=feed.base,
        at=told.span.first,
        until=told.span.last,
        key=f"{BURST_KEY}{told.burst_id}",
        values=values_above(feed, told.group),
        told=json.dumps(shown, separators=(",", ":"), default=str),
    )
