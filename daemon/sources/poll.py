"""Polls a source: discovers its shards, lists each from its watermark, enters what is new in the ledger.

The rules of what to list and take are in `window.py`, the listings in `round.py`. One poll of a source at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from daemon.errors import SourceUnavailable
from daemon.model import Shard
from daemon.ports import Clock, Ledger, Listing, ShardState, Source
from daemon.sources.crew import work_off
from daemon.sources.outcome import PollOutcome, PollPolicy, Sheet
from daemon.sources.pauses import Pauses
from daemon.sources.round import Job, Round
from daemon.sources.start import resolve_start
from daemon.sources.window import NEVER_COMPLETE, Bounds, newcomers, window_of
from daemon.trail.keys import Scope

log = structlog.get_logger("trailwarden")

__all__ = ["PollOutcome", "PollPolicy", "Poller"]


class Poller:
    """Polls one source; keeps between polls only which shards are paused."""

    def __init__(
        self,
        source: Source,
        ledger: Ledger,
        *,
        clock: Clock,
        scope: Scope,
        policy: PollPolicy,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._clock = clock
        self._scope = scope
        self._policy = policy
        self._is_stopping = is_stopping
        self._pauses = Pauses(policy.poll_every)
        self._was_refused = False

    def poll(self) -> PollOutcome:
        """Poll once. What the environment refused is in the outcome; raises StoreError, and what nobody foresaw."""
        now, sheet = self._clock(), Sheet()
        start_at = resolve_start(self._policy.start, is_remote=not self._source.name.startswith("file:"), now=now)
        state = self._ledger.open_source(self._source.name, start_at=start_at, now=now)
        shards, known = self._shards(sheet, now=now)
        awake = [shard for shard in shards if not self._pauses.holds(shard.path, now=now)]
        left = self._list(awake, known, sheet, start_at=state.start_at, now=now)
        self._log(sheet)
        if sheet.unexpected is not None:
            raise sheet.unexpected
        paused = len(shards) - len(awake) + left
        return sheet.close(source=self._source.name, shards=len(shards), paused=paused, is_first=state.is_new)

    def _shards(self, sheet: Sheet, *, now: datetime) -> tuple[list[Shard], Mapping[str, ShardState]]:
        """What discovery finds and, since it may fail or be kept from looking, what is known and still wanted."""
        known: Mapping[str, ShardState] = self._ledger.shard_states(self._source.name)
        found: dict[str, Shard] = {}
        try:
            discovery = self._source.discover()
        except SourceUnavailable as fault:
            sheet.fault(fault)
            self._was_refused = True
        else:
            if self._was_refused:
                self._pauses.clear()
            self._was_refused = False
            sheet.skipped.update(discovery.skipped)
            found = {shard.path: shard for shard in discovery.shards}
            known = self._welcome(list(found.values()), known, now=now)
        wanted = {path: state.shard for path, state in known.items() if self._is_wanted(state.shard)}
        return list((wanted | found).values()), known

    def _is_wanted(self, shard: Shard) -> bool:
        return self._scope.refusal(account=shard.account, kind=shard.kind, region=shard.region) is None

    def _welcome(
        self, shards: list[Shard], known: Mapping[str, ShardState], *, now: datetime
    ) -> Mapping[str, ShardState]:
        """Remember new accounts before anything is listed: a crash must not make them look newer than they are."""
        new = newcomers(shards, known)
        for shard, mark in new:
            empty = Listing(shard=shard, listed_at=mark, objects=())
            self._ledger.record_listing(self._source.name, empty, is_sweep=False, now=now)
        return self._ledger.shard_states(self._source.name) if new else known

    def _list(
        self,
        shards: list[Shard],
        known: Mapping[str, ShardState],
        sheet: Sheet,
        *,
        start_at: datetime | None,
        now: datetime,
    ) -> int:
        """List the shards, the longest unlisted first; gives how many were left when that became pointless."""
        policy = self._policy
        bounds = Bounds(start_at=start_at, lookback=policy.lookback, keep_objects=policy.keep_objects)
        jobs = [
            Job(
                shard=shard,
                state=known.get(shard.path),
                window=window_of(known.get(shard.path), bounds, path=shard.path, now=now),
            )
            for shard in shards
        ]
        jobs.sort(key=lambda job: job.state.listed_at if job.state and job.state.listed_at else NEVER_COMPLETE)
        listings = Round(
            self._source,
            self._ledger,
            sheet=sheet,
            pauses=self._pauses,
            policy=policy,
            bounds=bounds,
            clock=self._clock,
        )
        is_over = lambda: listings.is_hopeless() or self._is_stopping()  # noqa: E731
        return len(work_off(jobs, listings.ask, listings.settle, threads=policy.concurrency, is_over=is_over))

    def _log(self, sheet: Sheet) -> None:
        for reason, count in sheet.faults.items():
            log.warning(
                "listing failed",
                source=self._source.name,
                reason=reason.value,
                count=count,
                error=sheet.messages[reason],
            )
