"""Firings into bursts: windows that overlap are one burst, told as one alert that grows while it lasts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From the first end of a window that fired to the last, in microseconds. What made it reaches back a timespan."""

    first: int
    last: int


def bursts_of(points: Iterable[int], *, reach: int) -> list[Span]:
    """Points no further apart than `reach` (the timespan: their windows overlap), together."""
    return join((Span(point, point) for point in points), reach=reach)


def join(spans: Iterable[Span], *, reach: int) -> list[Span]:
    """Spans no further apart than `reach`, together."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.first - joined[-1].last <= reach:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What became of stored bursts: which spans there are now, each with those of the stored ones that went into it.

    `gone` are the numbers of stored bursts that hold no longer.
    """

    spans: tuple[tuple[Span, tuple[int, ...]], ...]
    gone: tuple[int, ...]


def reconcile(stored: Sequence[Span], kept: Sequence[Span], points: Iterable[int], *, reach: int) -> Reconciled:
    """The bursts there are now.

    `kept` are those parts of `stored` that were not looked at anew, and `points` all that fired where it was.
    A stored burst lives on in the first one that overlaps or neighbours it.
    """
    now = join([*kept, *(Span(point, point) for point in points)], reach=reach)
    spans: list[tuple[Span, tuple[int, ...]]] = []
    gone: list[int] = []
    left = deque(sorted(range(len(stored)), key=lambda number: stored[number]))
    for span in now:
        mine: list[int] = []
        while left and stored[left[0]].first <= span.last + reach:
            number = left.popleft()
            (mine if stored[number].last >= span.first - reach else gone).append(number)
        spans.append((span, tuple(sorted(mine))))
    return Reconciled(spans=tuple(spans), gone=tuple(sorted([*gone, *left])))
