"""Whether the numbers that a correlation asks for can ever be, or are always: bounds in, yes or no out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import eq, ge, gt, le, lt, ne

from daemon.condition import Comparison
from daemon.model import Bound

_HOLDS: dict[Comparison, Callable[[float, float], bool]] = {
    Comparison.EQ: eq,
    Comparison.NEQ: ne,
    Comparison.LT: lt,
    Comparison.LTE: le,
    Comparison.GT: gt,
    Comparison.GTE: ge,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Which numbers there are: whole ones from `lowest` to `highest`, or any."""

    is_whole: bool = True
    lowest: float = float("-inf")
    highest: float = float("inf")


def can_hold(bounds: Sequence[Bound], domain: Domain) -> bool:
    """Whether some number is within all of the bounds."""
    return any(_is_within(number, bounds) for number in _telling(bounds, domain))


def always_holds(bounds: Sequence[Bound], domain: Domain) -> bool:
    """Whether every number is."""
    return all(_is_within(number, bounds) for number in _telling(bounds, domain))


def _is_within(number: float, bounds: Sequence[Bound]) -> bool:
    return all(_HOLDS[bound.comparison](number, bound.value) for bound in bounds)


def _telling(bounds: Sequence[Bound], domain: Domain) -> Iterator[float]:
    """Numbers of which one at least lies in every range that the bounds cut: each bound, and its neighbours."""
    values = sorted({bound.value for bound in bounds})
    between = [(low + high) / 2 for low, high in pairwise(values)]
    for number in (domain.lowest, domain.highest, *values, *(v - 1 for v in values), *(v + 1 for v in values)):
        if domain.lowest <= number <= domain.highest:
            yield number
    yield from () if domain.is_whole else between
