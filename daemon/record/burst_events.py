"""What made a burst: all contributions of its group that lie in any of its windows, since these overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from daemon.model import Correlation, GroupKey
from daemon.record.correlation_tables import contributions
from daemon.windows import Span, timespan_us

FIRST_SHOWN, LATEST_SHOWN = 7, 3  # events that an alert shows
_FEW = FIRST_SHOWN + LATEST_SHOWN
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
    where = _where(correlation, burst)
    some = connection.execute(_EARLIEST[_is_chained(correlation)], where | {"most": _FEW + 1}).all()
    if not some:
        return None
    if len(some) <= _FEW:  # as most bursts
        keys = {row.key for row in some}
        completed = [row for row in some if burst.span.first in (row.at, row.until)]
        lead = sorted(completed, key=lambda row: (-row.base, row.key))[:1]
        last = max(row.until for row in some)
        return Made(count=len(keys), first=some[0].at, last=last, shown=_shown(lead, some))
    count, first, last = connection.execute(_NUMBERS[_is_chained(correlation)], where).one()
    lead = list(connection.execute(_COMPLETED[_is_chained(correlation)], where | {"completed": burst.span.first}))
    latest = connection.execute(_LATEST[_is_chained(correlation)], where | {"most": LATEST_SHOWN}).all()
    return Made(count=count, first=first, last=last, shown=_shown(lead, [*some[:FIRST_SHOWN], *latest]))


def keys_of(connection: Connection, correlation: Correlation, burst: Burst) -> list[tuple[str, int]]:
    """What made it, by time: the ids of events, or the keys of bursts, each with the number of its base."""
    rows = connection.execute(_KEYS[_is_chained(correlation)], _where(correlation, burst))
    return [(row.key, row.base) for row in rows]


def _where(correlation: Correlation, burst: Burst) -> dict[str, int]:
    begin = burst.span.first - timespan_us(correlation)
    return {"group": burst.group_id, "begin": begin, "last": burst.span.last}


def _is_chained(correlation: Correlation) -> bool:
    return any(base.is_correlation for base in correlation.bases)


def _shown(lead: Sequence[Any], some: Iterable[Any]) -> list[Any]:
    others = {row.key: row for row in some}
    for row in lead:
        others.pop(row.key, None)
    return [*lead, *sorted(others.values(), key=lambda row: (row.at, row.key))]


def _both(statement: Callable[[ColumnElement[bool]], Any]) -> Mapping[bool, Any]:
    """For events and for bursts, which last. Made once: making it takes longer than running it."""
    events = (_has.group_id == bindparam("group")) & _has.at.between(bindparam("begin"), bindparam("last"))
    lasting = (_has.group_id == bindparam("group")) & (_has.at <= bindparam("last"))
    return {False: statement(events), True: statement(lasting & (_has.until >= bindparam("begin")))}


_ROW = select(_has.key, _has.base, _has.at, _has.until, _has.told)
_NUMBERS = _both(
    lambda inside: select(func.count(_has.key.distinct()), func.min(_has.at), func.max(_has.until)).where(inside)
)
_KEYS = _both(lambda inside: select(_has.key, _has.base).where(inside).order_by(_has.at, _has.key, _has.base))
_EARLIEST = _both(lambda inside: _ROW.where(inside).order_by(_has.at, _has.key).limit(bindparam("most")))
_LATEST = _both(lambda inside: _ROW.where(inside).order_by(_has.at.desc(), _has.key.desc()).limit(bindparam("most")))
_IS_COMPLETED = (_has.at == bindparam("completed")) | (_has.until == bindparam("completed"))
_COMPLETED = _both(lambda inside: _ROW.where(inside, _IS_COMPLETED).order_by(_has.base.desc(), _has.key).limit(1))
