"""What made a burst: all contributions of its group that lie in any of its windows, since these overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from daemon.model import Correlation, GroupKey
from daemon.record.correlation_tables import contributions
from daemon.windows import Span, timespan_us

FIRST_SHOWN, LATEST_SHOWN = 7, 3  # events that an alert shows
BURST_KEY = "burst:"
_has = contributions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A burst by what it is of."""

    group_id: int
    group: GroupKey
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """So many events, the times of the first and last, and rows to show; what completed the first window leads.

    Of a burst that goes on for long the beginning is forgotten: then it is the earliest that is known.
    """

    count: int
    first: int
    last: int
    shown: Sequence[Any]


def read_burst(connection: Connection, correlation: Correlation, burst: Burst) -> Made | None:
    """What made it, as far as it is still known; None when nothing is."""
    inside = _within(correlation, burst)
    columns = func.count(_has.key.distinct()), func.min(_has.at), func.max(_has.until)
    count, first, last = connection.execute(select(*columns).where(inside)).one()
    if not count:
        return None
    return Made(count=count, first=first, last=last, shown=_shown(connection, inside, burst.span))


def keys_of(connection: Connection, correlation: Correlation, burst: Burst) -> list[tuple[str, int]]:
    """What made it, by time: the ids of events, or the keys of bursts, each with the number of its base."""
    query = select(_has.key, _has.base).where(_within(correlation, burst)).order_by(_has.at, _has.key, _has.base)
    return [(row.key, row.base) for row in connection.execute(query)]


def _within(correlation: Correlation, burst: Burst) -> ColumnElement[bool]:
    begin = burst.span.first - timespan_us(correlation)
    inside = (_has.group_id == burst.group_id) & (_has.until >= begin) & (_has.at <= burst.span.last)
    return inside if any(base.is_correlation for base in correlation.bases) else inside & (_has.at >= begin)


def _shown(connection: Connection, inside: ColumnElement[bool], span: Span) -> list[Any]:
    columns = select(_has.key, _has.base, _has.at, _has.told).where(inside)
    completed = columns.where((_has.at == span.first) | (_has.until == span.first))
    first = connection.execute(completed.order_by(_has.base.desc(), _has.key).limit(1)).all()
    earliest = connection.execute(columns.order_by(_has.at, _has.key).limit(FIRST_SHOWN)).all()
    latest = connection.execute(columns.order_by(_has.at.desc(), _has.key.desc()).limit(LATEST_SHOWN)).all()
    others = {row.key: row for row in (*earliest, *latest)}
    for row in first:
        others.pop(row.key, None)
    return [*first, *sorted(others.values(), key=lambda row: (row.at, row.key))]
