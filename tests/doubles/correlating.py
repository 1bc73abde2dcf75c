"""Correlations, what counts for them, and a naive evaluator that asks every window by itself."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from daemon.condition import Comparison
from daemon.model import (
    AllOf,
    AnyOf,
    Base,
    Bound,
    Bounds,
    Contribution,
    Correlation,
    CorrelationCondition,
    CorrelationType,
    Expression,
    Feed,
    LogObject,
    NoneOf,
    Occurs,
    RuleOptions,
)
from daemon.model.rules import Level
from daemon.windows import Occurrence
from tests.doubles.state_values import NOON, event, log_object

SECOND = 1_000_000
FIVE_OR_MORE = Bounds(bounds=(Bound(comparison=Comparison.GTE, value=5),))


def bounds(fields: Sequence[str] = (), percentile: float | None = None, **relations: float) -> Bounds:
    """`bounds(gte=3)`, `bounds(gt=1, lte=5)`."""
    found = tuple(Bound(comparison=Comparison(name), value=value) for name, value in relations.items())
    return Bounds(bounds=found, fields=tuple(fields), percentile=percentile)


def correlation(
    kind: CorrelationType = CorrelationType.EVENT_COUNT,
    condition: CorrelationCondition = FIVE_OR_MORE,
    *,
    bases: int = 1,
    minutes: float = 10,
    group_by: tuple[str, ...] = ("derived.principal",),
    rule_id: str = "correlation-1",
    max_groups: int = 10_000,
    feeds: tuple[Feed, ...] = (),
    base_is_correlation: bool = False,
    is_silent: bool = False,
    settle: timedelta = timedelta(minutes=15),
) -> Correlation:
    """One over so many rules."""
    return Correlation(
        id=rule_id,
        title=f"Title of {rule_id}",
        level=Level.HIGH,
        status="stable",
        tags=(),
        description="",
        false_positives=(),
        references=(),
        options=RuleOptions(),
        path=f"rules/{rule_id}.yml",
        digest="0" * 64,
        type=kind,
        bases=tuple(
            Base(rule_id=f"base-{n}", reference=f"base_{n}", keys=group_by, is_correlation=base_is_correlation)
            for n in range(bases)
        ),
        group_by=group_by,
        timespan=timedelta(minutes=minutes),
        condition=condition,
        max_groups=max_groups,
        feeds=feeds,
        is_silent=is_silent,
        settle=settle,
    )


def contribution(
    of: Correlation,
    event_id: str,
    *,
    at: datetime | None = NOON,
    base: int = 0,
    group: str = "alice",
    values: tuple[str | float, ...] = (),
    obj: LogObject | None = None,
) -> Contribution:
    """An event that counts."""
    return Contribution(
        correlation=of,
        base=base,
        group=tuple((name, group) for name in of.group_by),
        event=event(event_id, at=at, obj=obj or log_object()),
        values=values,
        record={"eventName": "DeleteGroup", "sourceIPAddress": "203.0.113.9"},
    )


def naive_points(of: Correlation, occurrences: Iterable[Occurrence]) -> list[int]:
    """Every end of a window at which the condition holds, each window looked at from the start."""
    known = list(occurrences)
    span = int(of.timespan.total_seconds() * SECOND)
    ends = sorted({moment for one in known for moment in (one.at, one.until)})
    return [
        end
        for end in ends
        if _holds(of, [one for one in known if one.at <= end and one.until >= end - span], begin=end - span)
    ]


def _holds(of: Correlation, window: Sequence[Occurrence], *, begin: int) -> bool:
    condition = of.condition
    if of.type is CorrelationType.TEMPORAL:
        present = {one.base for one in window}
        return _number(condition, len(present)) if isinstance(condition, Bounds) else _true(condition, present)
    if of.type is CorrelationType.TEMPORAL_ORDERED:
        return _ordered(of, window, begin=begin)
    if not isinstance(condition, Bounds):
        raise TypeError
    if of.type is CorrelationType.EVENT_COUNT:
        return _number(condition, len({one.key for one in window}))
    values = [value for one in {one.key: one for one in window}.values() for value in one.values]
    if not values:
        return False
    if of.type is CorrelationType.VALUE_COUNT:
        return _number(condition, len(set(values)))
    exact = sorted(Fraction(str(value)) for value in values)
    match of.type:
        case CorrelationType.VALUE_SUM:
            return _number(condition, sum(exact))
        case CorrelationType.VALUE_AVG:
            return _number(condition, sum(exact) / len(exact))
        case CorrelationType.VALUE_MEDIAN:
            return _number(condition, statistics.median(exact))
    rank = Fraction(str(condition.percentile or 50)) * (len(exact) - 1) / 100
    low = exact[int(rank)]
    high = exact[min(int(rank) + 1, len(exact) - 1)]
    return _number(condition, low + (high - low) * (rank - int(rank)))


def _ordered(of: Correlation, window: Sequence[Occurrence], *, begin: int) -> bool:
    """All ways to take one occurrence of each of some bases, in order."""
    ways: set[frozenset[int]] = set()

    def extend(base: int, after: int, taken: frozenset[int]) -> None:
        if base == len(of.bases):
            ways.add(taken)
            return
        extend(base + 1, after, taken)
        for one in window:
            if one.base == base and one.until >= after:
                extend(base + 1, max(after, one.at), taken | {base})

    extend(0, begin, frozenset())
    if isinstance(of.condition, Bounds):
        longest = max(map(len, ways))
        return longest > 0 and _number(of.condition, longest)
    asked = _asked(of.condition)
    absent_matters = {one.base for one in window} - asked
    expression = of.condition
    return any(_true(expression, absent_matters | way) for way in ways if way <= asked and way)


def _asked(expression: Expression, *, is_negated: bool = False) -> set[int]:
    match expression:
        case Occurs(base=base):
            return set() if is_negated else {base}
        case AllOf(items=items) | AnyOf(items=items):
            return {base for item in items for base in _asked(item, is_negated=is_negated)}
        case NoneOf(item=item):
            return _asked(item, is_negated=not is_negated)


def _true(expression: Expression, present: Iterable[int]) -> bool:
    known = set(present)
    match expression:
        case Occurs(base=base):
            return base in known
        case AllOf(items=items):
            return all(_true(item, known) for item in items)
        case AnyOf(items=items):
            return any(_true(item, known) for item in items)
        case NoneOf(item=item):
            return not _true(item, known)


def _number(condition: Bounds, number: Fraction | float) -> bool:
    holds = {
        Comparison.EQ: lambda value: number == value,
        Comparison.NEQ: lambda value: number != value,
        Comparison.LT: lambda value: number < value,
        Comparison.LTE: lambda value: number <= value,
        Comparison.GT: lambda value: number > value,
        Comparison.GTE: lambda value: number >= value,
    }
    return all(holds[bound.comparison](Fraction(str(bound.value))) for bound in condition.bounds)


def as_text(value: object) -> str:
    """For people who read a failing test."""
    return json.dumps(value, default=str)
