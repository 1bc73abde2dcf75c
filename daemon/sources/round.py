"""One poll's listings: each shard asked part by part, each part entered in the ledger, each refusal counted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Shard
from daemon.ports import Ledger, Listing, ShardState, Source
from daemon.sources.outcome import PollPolicy, Sheet
from daemon.sources.pauses import Pauses
from daemon.sources.purpose import Purpose, listing_for
from daemon.sources.window import NEVER_COMPLETE, Bounds, Window

log = structlog.get_logger("trailwarden")

# These concern the whole source: once as many in a row as are asked at a time have met them, the rest would only
# wait in vain.
_SOURCE_WIDE = {
    EnvironmentReason.CREDENTIALS,
    EnvironmentReason.NO_BUCKET,
    EnvironmentReason.THROTTLED,
    EnvironmentReason.UNREACHABLE,
}

_LEAST_IN_A_ROW = 3  # a single broken connection is not yet the whole source


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One part of a shard's listing. `began_at` and `resume` are set from the second part on."""

    shard: Shard
    state: ShardState | None
    window: Window
    began_at: datetime | None = None
    resume: str | None = None

    @property
    def mark(self) -> datetime:
        """The mark that the shard has, which a part of a listing leaves as it is."""
        return self.state.listed_at if self.state and self.state.listed_at else NEVER_COMPLETE


class Round:
    """The listings of one poll. `ask` runs in several threads, `settle` in one."""

    def __init__(
        self,
        source: Source,
        ledger: Ledger,
        *,
        sheet: Sheet,
        pauses: Pauses,
        policy: PollPolicy,
        bounds: Bounds,
        clock: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._sheet = sheet
        self._pauses = pauses
        self._policy = policy
        self._bounds = bounds
        self._clock = clock
        self._in_a_row = 0

    def is_hopeless(self) -> bool:
        """Whether so many shards in a row met a fault of the whole source that the rest need not be asked."""
        return self._in_a_row >= max(self._policy.concurrency, _LEAST_IN_A_ROW)

    def ask(self, job: Job) -> tuple[datetime, Listing]:
        """List a part of a shard; with it our own time just before."""
        asked_at = self._clock()
        with listing_for(Purpose.SWEEP if job.window.is_sweep else Purpose.POLL):
            listing = self._source.list_shard(
                job.shard, after=job.window.after, limit=self._policy.chunk, resume=job.resume
            )
        return asked_at, listing

    def settle(self, job: Job, future: Future[tuple[datetime, Listing]]) -> Job | None:
        """Enter what came in the ledger; gives the job of the shard's next part."""
        try:
            asked_at, listing = future.result()
        except SourceUnavailable as fault:
            self._refused(job, fault)
            return None
        except Exception as fault:  # one shard's surprise must not keep the others from being listed
            log.exception("listing a shard failed unexpectedly", shard=job.shard.path)
            self._sheet.unexpected = self._sheet.unexpected or fault
            return None
        self._in_a_row = 0
        # The earlier of both clocks: a mark too far back costs a longer listing, one ahead would leave a gap.
        return self._enter(job, listing, began_at=job.began_at or min(asked_at, listing.listed_at))

    def _refused(self, job: Job, fault: SourceUnavailable) -> None:
        self._in_a_row = self._in_a_row + 1 if fault.reason in _SOURCE_WIDE else 0
        self._sheet.fault(fault)
        self._pauses.fail(job.shard.path, now=self._clock())

    def _enter(self, job: Job, listing: Listing, *, began_at: datetime) -> Job | None:
        is_last = listing.next_key is None
        is_counted = job.window.is_counted and is_last
        is_sweep = job.window.is_sweep and is_counted
        taken = replace(
            listing,
            objects=[obj for obj in listing.objects if job.window.takes(obj)],
            listed_at=began_at if is_counted else job.mark,
        )
        self._sheet.skipped.update(listing.skipped)
        self._sheet.new_objects += self._ledger.record_listing(
            self._source.name,
            taken,
            is_sweep=is_sweep,
            now=self._clock(),
            done_before=self._bounds.done_before(began_at) if is_sweep else None,
        )
        if not is_last:
            return replace(job, began_at=began_at, resume=listing.next_key)
        self._sheet.listed += 1
        self._pauses.succeed(job.shard.path)
        return None
