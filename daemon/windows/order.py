"""One after the other: whether bases occur in the order in which a correlation names them. Equal times count as such.

CloudTrail's times are whole seconds, so what came in the same second may have come in any order.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import combinations

from daemon.model import Expression
from daemon.windows.occurrences import Occurrence
from daemon.windows.presence import holds, wanted


class Order:
    """The occurrences within a window, each base's by itself."""

    def __init__(self, bases: int) -> None:
        self._starts: list[list[int]] = [[] for _ in range(bases)]
        self._long: list[list[tuple[int, int]]] = [[] for _ in range(bases)]  # bursts, which last

    def add(self, occurrence: Occurrence) -> None:
        """It is within the window."""
        insort(self._starts[occurrence.base], occurrence.at)
        if occurrence.until > occurrence.at:
            insort(self._long[occurrence.base], (occurrence.at, occurrence.until))

    def remove(self, occurrence: Occurrence) -> None:
        """It no longer is."""
        starts = self._starts[occurrence.base]
        del starts[bisect_left(starts, occurrence.at)]
        if occurrence.until > occurrence.at:
            self._long[occurrence.base].remove((occurrence.at, occurrence.until))

    @property
    def present(self) -> frozenset[int]:
        """The bases that occur."""
        return frozenset(base for base, starts in enumerate(self._starts) if starts)

    def next_at(self, base: int, after: int) -> int | None:
        """The first time from `after` on at which this base occurs."""
        if any(until >= after and at <= after for at, until in self._long[base]):
            return after
        starts = self._starts[base]
        place = bisect_left(starts, after)
        return starts[place] if place < len(starts) else None

    def is_chain(self, bases: Iterable[int], begin: int) -> bool:
        """Whether these occur one after the other, in the order given, from `begin` on."""
        at = begin
        for base in bases:
            following = self.next_at(base, at)
            if following is None:
                return False
            at = following
        return True

    def longest_chain(self, begin: int) -> int:
        """How many different bases occur in their order, at most."""
        ends: list[int] = [begin]  # by length of chain: the earliest time at which one of that length can end
        for base in range(len(self._starts)):
            for length in reversed(range(len(ends))):
                at = self.next_at(base, ends[length])
                if at is None:
                    continue
                if length + 1 == len(ends):
                    ends.append(at)
                else:
                    ends[length + 1] = min(ends[length + 1], at)
        return len(ends) - 1


def holds_in_order(expression: Expression, order: Order, begin: int) -> bool:
    """Whether some of the bases that occur make the expression true and stand in their order.

    What the expression wants to be missing must be missing from the whole window.
    """
    present = order.present
    chosen = wanted(expression) & present
    others = present - chosen
    needed = _needed(expression, chosen, others)
    free = sorted(chosen - needed)
    return any(
        holds(expression, others | needed | set(some)) and order.is_chain(sorted({*needed, *some}), begin)
        for size in range(0 if needed else 1, len(free) + 1)
        for some in combinations(free, size)
    )


def _needed(expression: Expression, chosen: frozenset[int], others: frozenset[int]) -> frozenset[int]:
    """Those without which it cannot hold, whichever others of them occur: what spares trying most combinations."""
    if chosen & wanted(expression, is_negated=True):  # more of them may make it untrue
        return frozenset()
    if not holds(expression, chosen | others):
        return chosen
    return frozenset(base for base in chosen if not holds(expression, (chosen | others) - {base}))
