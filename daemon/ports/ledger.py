"""What is known of log files: which exist, what became of them, and which are in work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from daemon.model import LogObject, ObjectState, Shard
from daemon.ports.sources import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardState:
    """What the ledger knows of a shard: when its last complete listing and late sweep began (server's clock)."""

    shard: Shard
    listed_at: datetime | None
    swept_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One object as the ledger keeps it."""

    row_id: int
    source: str
    object: LogObject
    state: ObjectState
    reason: str | None
    attempts: int
    seen_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A log file that a source was told of by a queue, before any listing gave it."""

    source: str
    shard: Shard
    object: LogObject

    @property
    def shard_of(self) -> tuple[str, str]:
        """By which the ledger knows its shard: source and path."""
        return self.source, self.shard.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What became of arrivals: how many were new. `without_room`: those of these shards wait for a listing."""

    new: int
    without_room: frozenset[tuple[str, str]] = frozenset()


class Ledger(Protocol):
    """Which objects exist, and what became of them."""

    def open_source(self, source: str, *, start_at: datetime | None, now: datetime) -> datetime | None:
        """Remember a source, and give the start it was first opened with.

        Objects stamped before the start are not taken; None sets no bound.
        """

    def shard_states(self, source: str) -> dict[str, ShardState]:
        """The known shards of a source by their path."""

    def record_listing(
        self, source: str, listing: Listing, *, is_sweep: bool, now: datetime, done_before: datetime | None = None
    ) -> int:
        """Insert what is not yet known, or was gone, as pending, and move the watermark; one transaction.

        Gives how many are new.

        With `is_sweep` the sweep's mark moves too. `done_before`: drop done rows whose stamp and LastModified
        are both older than this (design: the sweep's pruning rule).
        """

    def starts(self, names: Collection[str]) -> dict[str, datetime | None]:
        """The start of each of these sources that was opened; it never changes."""

    def record_arrivals(self, arrivals: Sequence[Arrival], *, now: datetime) -> Entered:
        """Insert what is not yet known, or was gone, as pending; one transaction.

        No mark of a shard moves: what a queue tells proves nothing of what else there is. Too many shards that only
        messages told of are refused.
        """

    def is_pending_over(self, names: Collection[str], most: int) -> bool:
        """Whether more than so many objects of these sources are pending, due or not."""

    def pending(self, source: str, *, now: datetime, limit: int, began_at: datetime | None = None) -> list[LedgerRow]:
        """Objects due for work: never tried ones first, then oldest stamp; no paused shard's.

        With `began_at` only what was due by then is tried again: nothing comes twice in one run, however long.

        Where several daemons share the state the rows are claimed for this one, as long as it renews its lease: it is
        given its own again, and never those of another that lives.
        """

    def defer(self, row_id: int, *, due_at: datetime, reason: str) -> None:
        """An environment fault: stays pending, tried again at `due_at`."""

    def pause_shard(self, source: str, path: str, *, until: datetime | None, reason: str) -> None:
        """Take no object of this shard before `until`; None resumes it."""

    def next_due_at(self, source: str) -> datetime | None:
        """When the next pending object of the source falls due; None when nothing is pending."""


class WorkMarks(Protocol):
    """What was being worked on when the program ended without a word, and how often an object may have been why."""

    def mark(self, row_ids: Collection[int]) -> None:
        """These objects are in work from now on, and no others."""

    def marked(self) -> list[int]:
        """The objects that were in work when the process that was at them ended, and are still pending."""

    def still_pending(self, row_ids: Collection[int]) -> set[int]:
        """Those of these objects that nobody has finished."""

    def count_crash(self, row_id: int) -> int:
        """A process ended while it was at this object; gives how often that happened since it was last refused."""
