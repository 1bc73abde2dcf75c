"""Looks at the windows of groups in which something has changed, by one query a correlation, and says what fired.

Conditions that more events can only make truer are asked at once, and only where they did not fire before. All others
are asked once a window's end is `settle` ago, and anew for every window that a late event reaches into.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, null, select, update

from daemon.model import Correlation
from daemon.record.correlation_state import to_us
from daemon.record.correlation_tables import bursts, contributions, correlation_groups
from daemon.record.dialect import lock_rows
from daemon.windows import (
    Occurrence,
    Span,
    counts_values,
    fires_at_once,
    firing_points,
    is_never_contradicted,
    reconcile,
    timespan_us,
)

_FAR = 2**62
_IN_PARTS = {"yield_per": 10_000}  # of this statement: on the connection it would be of all that follow
_group, _has = correlation_groups.c, contributions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBurst:
    """A burst as the store has it."""

    id: int
    span: Span
    alert_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of a group's bursts: each that there is now, with those stored before that went into it."""

    group_id: int
    spans: tuple[tuple[Span, tuple[StoredBurst, ...]], ...]
    gone: tuple[StoredBurst, ...]


@dataclass(slots=True, kw_only=True)
class _Look:
    """A group that is due: where its windows are looked at, and what is known of it."""

    group_id: int
    since: int
    to: int
    stored: list[StoredBurst] = field(default_factory=list)


def due_correlations(connection: Connection, *, now: datetime) -> set[int]:
    """The numbers of correlations of which some group is due."""
    query = select(_group.correlation_id).where(_group.due_at <= to_us(now)).distinct()
    return set(connection.scalars(query))


def look(connection: Connection, correlation: Correlation, number: int, *, now: datetime, frozen: int) -> list[Change]:
    """Look at every group of a correlation that is due; what is not settled yet stays due.

    What lies before `frozen` (event time) is never looked at anew: its windows may have lost what made them.
    """
    at = to_us(now)
    settle = 0 if fires_at_once(correlation) else to_us(now) - to_us(now - correlation.settle)
    settled = _FAR if not settle else at - settle
    lock_rows(connection, select(_group.id).where(*_is_due(number, at)).order_by(_group.id))
    looks = _due_groups(connection, correlation, number, at=at)
    if not is_never_contradicted(correlation):
        _widen(connection, correlation, looks, frozen=frozen)
    changes: list[Change] = []
    waiting: dict[int, int] = {}
    for one, occurrences in _with_occurrences(connection, correlation, number, looks, at=at):
        changes += _changed(correlation, one, occurrences, settled=settled, frozen=frozen)
        unsettled = [m for each in occurrences for m in (each.at, each.until) if m > settled and m >= one.since]
        if unsettled:
            waiting[one.group_id] = min(unsettled) + settle
    _clear(connection, number, at=at, waiting=waiting, settled=settled)
    return changes


def _changed(
    correlation: Correlation, one: _Look, occurrences: Sequence[Occurrence], *, settled: int, frozen: int
) -> Iterator[Change]:
    reach = timespan_us(correlation)
    spans = [burst.span for burst in one.stored]
    ranges, kept = _where_to_look(correlation, one, spans, settled=settled, frozen=frozen)
    points = firing_points(correlation, occurrences, within=ranges)
    now = reconcile(spans, kept, points, reach=reach)
    told = tuple((span, tuple(one.stored[n] for n in old)) for span, old in now.spans)
    gone = tuple(one.stored[n] for n in now.gone)
    news = tuple(
        (span, old)
        for span, old in told
        if [burst.span for burst in old] != [span] or (one.since <= span.last and one.to >= span.first - reach)
    )
    if news or gone:
        yield Change(group_id=one.group_id, spans=news, gone=gone)


def _where_to_look(
    correlation: Correlation, one: _Look, spans: Sequence[Span], *, settled: int, frozen: int
) -> tuple[list[tuple[int, int]], list[Span]]:
    """The ranges of window ends to be asked, and the parts of stored bursts that stand without being asked."""
    since, to = one.since, min(one.to + timespan_us(correlation), settled)
    if is_never_contradicted(correlation):
        return _outside(spans, since=since, to=to), list(spans)
    since = max(since, frozen)
    kept = [Span(span.first, min(span.last, since)) for span in spans if span.first < since]
    kept += [Span(max(span.first, to + 1), span.last) for span in spans if span.last > to]
    return [(since, to)], kept


def _outside(spans: Sequence[Span], *, since: int, to: int) -> list[tuple[int, int]]:
    """A range without what lies inside bursts: there, all that counts is known to belong to them."""
    ranges: list[tuple[int, int]] = []
    for span in sorted(spans):
        if span.first > since:
            ranges.append((since, min(span.first - 1, to)))
        since = max(since, span.last + 1)
    return [each for each in (*ranges, (since, to)) if each[0] <= each[1]]


def _due_groups(connection: Connection, correlation: Correlation, number: int, *, at: int) -> dict[int, _Look]:
    due = _is_due(number, at)
    query = select(_group.id, _group.changed_from, _group.changed_to).where(*due)
    looks = {
        row.id: _Look(group_id=row.id, since=row.changed_from, to=row.changed_to) for row in connection.execute(query)
    }
    reach = 2 * timespan_us(correlation)  # a window's reach on either side, and as far again for its neighbours
    near = (bursts.c.last_at >= _group.changed_from - reach) & (bursts.c.first_at <= _group.changed_to + reach)
    joined = bursts.join(correlation_groups, _group.id == bursts.c.group_id)
    stored = select(bursts).select_from(joined).where(*due, near).order_by(bursts.c.first_at)
    for row in connection.execute(stored):
        burst = StoredBurst(id=row.id, span=Span(row.first_at, row.last_at), alert_id=row.alert_id)
        looks[row.group_id].stored.append(burst)
    return looks


def _widen(connection: Connection, correlation: Correlation, looks: Mapping[int, _Look], *, frozen: int) -> None:
    """Where a burst may be contradicted it is looked at as a whole, as far as it can still be."""
    reach = timespan_us(correlation)
    rows = []
    for one in looks.values():
        near = [b.span for b in one.stored if b.span.last >= one.since and b.span.first <= one.to + reach]
        if near:
            one.since = min(one.since, max(frozen, min(span.first for span in near)))
            one.to = max(one.to, *(span.last for span in near))
            rows.append({"group": one.group_id, "since": one.since, "to": one.to})
    if rows:
        connection.execute(_WIDEN, rows)


def _with_occurrences(
    connection: Connection, correlation: Correlation, number: int, looks: Mapping[int, _Look], *, at: int
) -> Iterator[tuple[_Look, list[Occurrence]]]:
    """Each group with what lies in the windows that are looked at; where there is nothing left, with nothing."""
    seen = set()
    for group_id, occurrences in _occurrences(connection, correlation, number, at=at):
        seen.add(group_id)
        yield looks[group_id], occurrences
    if not is_never_contradicted(correlation):  # what a burst was made of may be gone
        yield from ((one, []) for one in looks.values() if one.stored and one.group_id not in seen)


def _occurrences(
    connection: Connection, correlation: Correlation, number: int, *, at: int
) -> Iterator[tuple[int, list[Occurrence]]]:
    joined = contributions.join(correlation_groups, _group.id == _has.group_id)
    value = _has.value if counts_values(correlation.type) else null()
    columns = (_has.group_id, _has.at, _has.until, _has.base, _has.key, value)
    due = select(*columns).select_from(joined).where(*_is_due(number, at), _near(correlation))
    rows: Iterable[Any] = connection.execute(due.order_by(_has.group_id), execution_options=_IN_PARTS)
    for group_id, some in groupby(rows, key=_group_of):
        yield group_id, [_occurrence(row) for row in some]


def _near(correlation: Correlation) -> ColumnElement[bool]:
    """What lies in windows that something which has changed reaches into."""
    reach = timespan_us(correlation)
    near = (_has.until >= _group.changed_from - reach) & (_has.at <= _group.changed_to + reach)
    if any(base.is_correlation for base in correlation.bases):
        return near
    return near & (_has.at >= _group.changed_from - reach)  # a plain range of the key


def _is_due(number: int, at: int) -> tuple[Any, ...]:
    return _group.correlation_id == number, _group.due_at <= at


def _group_of(row: Any) -> int:
    return int(row[0])


def _occurrence(row: Any) -> Occurrence:
    _, at, until, base, key, value = row
    return Occurrence(at, until, base, key, tuple(json.loads(value)) if value else ())


def _clear(connection: Connection, number: int, *, at: int, waiting: Mapping[int, int], settled: int) -> None:
    """Nothing of these groups is due any more, but for those that wait for windows to settle."""
    done = update(correlation_groups).where(*_is_due(number, at))
    connection.execute(
        done.values(due_at=None, changed_from=None, changed_to=None) if not waiting else done.values(due_at=None)
    )
    if waiting:
        rows = [{"group": group, "due": due, "since": settled + 1} for group, due in sorted(waiting.items())]
        connection.execute(_WAIT, rows)


_WIDEN = (
    update(correlation_groups)
    .where(_group.id == bindparam("group"))
    .values(changed_from=bindparam("since"), changed_to=bindparam("to"))
)
_WAIT = (
    update(correlation_groups)
    .where(_group.id == bindparam("group"))
    .values(due_at=bindparam("due"), changed_from=bindparam("since"))
)
