"""Objects that end the process which is at them: each is tried again a few times, and then set aside.

A process that ended took its reasons with it. In a process of its own an object is known by where the answers stopped;
of the daemon's own end the marks in the store tell which objects were in work, and these are then taken one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from daemon.ports import LedgerRow
from daemon.service.shared import Shared

log = structlog.get_logger("trailwarden")

CRASHES = 3  # of processes that were at an object for certain: after so many it is set aside
# Of the daemon's own ends, which have many reasons and of which the first is any object's of its lot. To set a good
# file aside is worse than to end twice more, since all others are done before it.
OWN_CRASHES = 5


class Crashes:
    """Used by the work thread alone."""

    def __init__(self, shared: Shared) -> None:
        self._marks = shared.store.marks
        self._is_shared = shared.store.leases.is_shared
        self._doubtful: set[int] = set()
        self._has_looked = False
        self._is_marked = True

    def doubtful(self, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        """Those that were in work when a process ended without a word; at the end those that were it most often.

        So a daemon that is killed again and again does not meet the same one each time.
        """
        return sorted((row for row in rows if row.row_id in self._doubtful), key=_counted)

    def begin(self, rows: list[LedgerRow]) -> None:
        """These are in work now; a doubtful one stays so until it is settled. Raises StoreError."""
        self._look()
        self._is_marked = True
        self._marks.mark(self._doubtful | {row.row_id for row in rows})

    def settled(self, row: LedgerRow) -> None:
        """It did no harm."""
        self._doubtful.discard(row.row_id)

    def end(self) -> None:
        """Nothing is in work any more. Raises StoreError."""
        if self._is_marked:
            self._look()
            self._marks.mark(self._doubtful)
            self._is_marked = False

    def _look(self) -> None:
        """At the marks of a process before this one, once; at those of other daemons again and again."""
        if self._has_looked and not self._is_shared:
            return
        self._has_looked = True
        found = set(self._marks.marked()) - self._doubtful
        self._doubtful = self._marks.still_pending(self._doubtful | found)  # others may have finished some
        if found:
            log.warning("a daemon ended in the middle of its work", objects=len(found))

    def is_one_more_try_left(self, row: LedgerRow, *, most: int = CRASHES) -> bool:
        """Count that a process ended at this object, or may have; gives whether to try it again. Raises StoreError."""
        crashes = self._marks.count_crash(row.row_id)
        log.warning("an object may have ended the process", key=row.object.key, crashes=crashes)
        return crashes < most


def _counted(row: LedgerRow) -> str:
    """How often it was counted, as the ledger shows it: of one digit, so that the words sort as the numbers."""
    return row.reason if row.reason is not None and row.reason.startswith("crashed (") else ""
