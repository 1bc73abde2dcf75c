"""What a window comes to while it slides: occurrences enter and leave, and the condition is asked in between.

Sums are exact (integers and fractions): a running float would depend on the order of what came and went.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from daemon.condition import Comparison
from daemon.model import Bounds, Correlation, CorrelationType
from daemon.windows.describe import percentile_of
from daemon.windows.occurrences import Occurrence
from daemon.windows.order import Order, holds_in_order
from daemon.windows.presence import holds

_COMPARISONS: dict[Comparison, Callable[[float, float], bool]] = {
    Comparison.EQ: operator.eq,
    Comparison.NEQ: operator.ne,
    Comparison.LT: operator.lt,
    Comparison.LTE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GTE: operator.ge,
}


class Measure(Protocol):
    """A window's content."""

    def enter(self, occurrence: Occurrence) -> None:
        """It is within the window from now on."""

    def leave(self, occurrence: Occurrence) -> None:
        """It no longer is."""

    def holds(self, begin: int) -> bool:
        """Whether the condition does, in the window that began then."""


def measure_of(correlation: Correlation) -> Measure:
    """An empty window of a correlation."""
    condition = correlation.condition
    match correlation.type:
        case CorrelationType.TEMPORAL_ORDERED:
            return _Ordered(correlation)
        case CorrelationType.TEMPORAL:
            return _Temporal(correlation)
    if not isinstance(condition, Bounds):
        raise TypeError(f"an expression is for temporal correlations: {correlation.id}")
    match correlation.type:
        case CorrelationType.EVENT_COUNT:
            return _Distinct(condition, lambda occurrence: (occurrence.key,))
        case CorrelationType.VALUE_COUNT:
            return _Distinct(condition, lambda occurrence: occurrence.values)
        case CorrelationType.VALUE_SUM | CorrelationType.VALUE_AVG:
            return _Total(condition, is_average=correlation.type is CorrelationType.VALUE_AVG)
    return _Ranked(condition, percentile=percentile_of(condition))


def is_within(bounds: Bounds, number: float | Fraction) -> bool:
    """Whether a number stands in every relation that is asked for."""
    return all(_COMPARISONS[bound.comparison](number, _exact(bound.value)) for bound in bounds.bounds)  # type: ignore[arg-type]  # fractions compare as floats do


class _Distinct:
    """How many different things there are: events, or values of a field."""

    def __init__(self, bounds: Bounds, things: Callable[[Occurrence], tuple[object, ...]]) -> None:
        self._bounds = bounds
        self._things = things
        self._counts: Counter[object] = Counter()

    def enter(self, occurrence: Occurrence) -> None:
        self._counts.update(self._things(occurrence))

    def leave(self, occurrence: Occurrence) -> None:
        for thing in self._things(occurrence):
            self._counts[thing] -= 1
            if not self._counts[thing]:
                del self._counts[thing]

    def holds(self, begin: int) -> bool:
        return bool(self._counts) and is_within(self._bounds, len(self._counts))


class _Temporal:
    """Which bases occur."""

    def __init__(self, correlation: Correlation) -> None:
        self._condition = correlation.condition
        self._counts: Counter[int] = Counter()

    def enter(self, occurrence: Occurrence) -> None:
        self._counts[occurrence.base] += 1

    def leave(self, occurrence: Occurrence) -> None:
        self._counts[occurrence.base] -= 1

    def holds(self, begin: int) -> bool:
        present = frozenset(base for base, count in self._counts.items() if count)
        if isinstance(self._condition, Bounds):
            return bool(present) and is_within(self._condition, len(present))
        return holds(self._condition, present)


class _Ordered:
    """Which bases occur one after the other, in the order in which the correlation names them."""

    def __init__(self, correlation: Correlation) -> None:
        self._condition = correlation.condition
        self._order = Order(len(correlation.bases))

    def enter(self, occurrence: Occurrence) -> None:
        self._order.add(occurrence)

    def leave(self, occurrence: Occurrence) -> None:
        self._order.remove(occurrence)

    def holds(self, begin: int) -> bool:
        if isinstance(self._condition, Bounds):
            longest = self._order.longest_chain(begin)
            return longest > 0 and is_within(self._condition, longest)
        return holds_in_order(self._condition, self._order, begin)


class _Total:
    """The sum of all values, or their average."""

    def __init__(self, bounds: Bounds, *, is_average: bool) -> None:
        self._bounds = bounds
        self._is_average = is_average
        self._sum: Fraction | int = 0
        self._count = 0

    def enter(self, occurrence: Occurrence) -> None:
        for value in occurrence.values:
            self._sum += _exact(value)
            self._count += 1

    def leave(self, occurrence: Occurrence) -> None:
        for value in occurrence.values:
            self._sum -= _exact(value)
            self._count -= 1

    def holds(self, begin: int) -> bool:
        if not self._count:
            return False
        return is_within(self._bounds, Fraction(self._sum, self._count) if self._is_average else self._sum)


class _Ranked:
    """A percentile of all values: linear between the two nearest ranks, so that the 50th is the median."""

    def __init__(self, bounds: Bounds, *, percentile: float) -> None:
        self._bounds = bounds
        self._percentile = _exact(percentile)
        self._values: list[Fraction | int] = []

    def enter(self, occurrence: Occurrence) -> None:
        for value in occurrence.values:
            insort(self._values, _exact(value))

    def leave(self, occurrence: Occurrence) -> None:
        for value in occurrence.values:
            del self._values[bisect_left(self._values, _exact(value))]

    def holds(self, begin: int) -> bool:
        if not self._values:
            return False
        rank = self._percentile * (len(self._values) - 1) / Fraction(100)
        below = math.floor(rank)
        low, high = self._values[below], self._values[min(below + 1, len(self._values) - 1)]
        return is_within(self._bounds, low + (high - low) * (rank - below))


def _exact(value: str | float) -> Fraction | int:
    """A number as it is written, without rounding: 0.1 and 0.2 are 0.3. Integers stay such: they are most of all."""
    return value if isinstance(value, int) else Fraction(str(value))
