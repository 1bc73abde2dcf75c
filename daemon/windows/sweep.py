"""Slides the window of a correlation over what happened in one group, and says at which ends its condition held."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from daemon.model import Correlation
from daemon.windows.measures import measure_of
from daemon.windows.occurrences import Occurrence
from daemon.windows.values import counts_values

Ranges = Sequence[tuple[int, int]]
_MICROSECONDS = 1_000_000


def firing_points(correlation: Correlation, occurrences: Sequence[Occurrence], *, within: Ranges) -> list[int]:
    """The ends of windows at which the condition holds, in order: those that lie within one of these inclusive ranges,
    which stand in order and apart.

    A window is trailing and inclusive, `[end - timespan, end]`, and ends where an occurrence begins or ends. All that
    lies in such windows must be given. Occurrences need no order: what comes out does not depend on it.
    """
    span = timespan_us(correlation)
    ends = _ends(occurrences, within)
    if not ends:
        return []
    if counts_values(correlation.type):  # an event that several bases match has its values once
        occurrences = list({one.key: one for one in occurrences}.values())
    entering = sorted(occurrences, key=_by_begin)
    leaving = sorted(occurrences, key=_by_end)
    window, entered, left = measure_of(correlation), 0, 0
    points: list[int] = []
    for end in ends:
        begin = end - span
        while entered < len(entering) and entering[entered].at <= end:
            window.enter(entering[entered])
            entered += 1
        while leaving[left].until < begin:  # it has entered: it began before it ended
            window.leave(leaving[left])
            left += 1
        if window.holds(begin):
            points.append(end)
    return points


def timespan_us(correlation: Correlation) -> int:
    """The timespan in microseconds."""
    return round(correlation.timespan.total_seconds()) * _MICROSECONDS


def _ends(occurrences: Sequence[Occurrence], within: Ranges) -> list[int]:
    moments = sorted({moment for one in occurrences for moment in (one.at, one.until)})
    return [
        moment for begin, end in within for moment in moments[bisect_left(moments, begin) : bisect_right(moments, end)]
    ]


def _by_begin(occurrence: Occurrence) -> int:
    return occurrence.at


def _by_end(occurrence: Occurrence) -> int:
    return occurrence.until
