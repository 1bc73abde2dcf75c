"""Firings into bursts: windows that overlap are one burst, told as one alert that grows while it lasts."""

from __future__ import annotations

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
    taken: set[int] = set()
    for span in now:
        mine = [
            number
            for number, old in enumerate(stored)
            if number not in taken and old.first <= span.last + reach and old.last >= span.first - reach
        ]
        taken.update(mine)
        spans.append((span, tuple(mine)))
    return Reconciled(spans=tuple(spans), gone=tuple(n for n in range(len(stored)) if n not in taken))
