"""Polls a source: discovers its shards, lists each from its watermark, enters what is new in the ledger.

The rules of what to list and take are in `window.py`, the listings in `round.py`. One poll of a source at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Shard
from daemon.ports import Clock, Discovery, Ledger, Listing, ShardState, Source
from daemon.sources.crew import work_off
from daemon.sources.outcome import PollOutcome, PollPolicy, Sheet
from daemon.sources.pauses import Pauses
from daemon.sources.round import Job, Round
from daemon.sources.start import resolve_start
from daemon.sources.window import Bounds, newcomers, window_of
from daemon.trail.keys import Scope

log = structlog.get_logger("trailwarden")

_EVERYTHING = ""  # the prefix of every path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """The shards to poll, what the ledger knows, and whether every account there is was seen."""

    shards: tuple[Shard, ...]
    known: Mapping[str, ShardState]
    has_discovered: bool
    vanished: frozenset[str]


class Poller:
    """Polls one source; keeps between polls only which shards are paused and what discovery could not see."""

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
        self._unseen: frozenset[str] = frozenset()
        self._first_asked_at: datetime | None = None

    def poll(self) -> PollOutcome:
        """Poll once. What the environment refused is in the outcome; raises StoreError, and what nobody foresaw."""
        now, sheet = self._clock(), Sheet()
        self._first_asked_at = min(self._first_asked_at or now, now)
        discovery = self._discover(sheet)
        known = self._ledger.shard_states(self._source.name)
        if known or EnvironmentReason.CREDENTIALS not in sheet.faults:
            outcome = self._poll(discovery, known, sheet, now=now)
        else:
            # Nobody has believed us yet, perhaps for our clock's sake: a start settled now might lie in the future.
            outcome = sheet.close(source=self._source.name, shards=0, paused=0)
        for reason, fault in outcome.faults.items():
            told = {"reason": reason.value, "count": fault.count, "error": fault.message}
            log.warning("listing failed", source=self._source.name, **told)
        if sheet.unexpected is not None:
            raise sheet.unexpected
        return outcome

    def _poll(
        self, discovery: Discovery, known: Mapping[str, ShardState], sheet: Sheet, *, now: datetime
    ) -> PollOutcome:
        start_at = self._open(now)
        sight = self._look(discovery, known)
        awake = [shard for shard in sight.shards if not self._pauses.holds(shard.path, now=now)]
        left = self._list(self._jobs(awake, sight, self._bounds(start_at), now=now), sheet, start_at)
        paused = len(sight.shards) - len(awake) + left
        of_sight = {"shards": len(sight.shards), "paused": paused}
        return sheet.close(source=self._source.name, **of_sight, vanished=sight.vanished)

    def _open(self, now: datetime) -> datetime | None:
        is_remote = not self._source.name.startswith("file:")
        wanted = resolve_start(self._policy.start, is_remote=is_remote, now=self._first_asked_at or now)
        return self._ledger.open_source(self._source.name, start_at=wanted, now=now)

    def _bounds(self, start_at: datetime | None) -> Bounds:
        policy = self._policy
        return Bounds(
            start_at=start_at,
            lookback=policy.lookback,
            keep_objects=policy.keep_objects,
            sweep_every=policy.sweep_every,
            horizon=policy.horizon,
        )

    def _discover(self, sheet: Sheet) -> Discovery:
        """What discovery finds; when it fails as a whole, nothing is found and everything unseen."""
        try:
            discovery = self._source.discover()
        except SourceUnavailable as refusal:
            discovery = Discovery(shards=(), faults=[refusal], unseen=[_EVERYTHING])
        for fault in discovery.faults:
            sheet.fault(fault)
        sheet.skipped.update(discovery.skipped)
        unseen = frozenset(discovery.unseen)
        if self._unseen - unseen:  # somebody has just mended something
            self._pauses.clear()
        self._unseen = unseen
        return discovery

    def _look(self, discovery: Discovery, known: Mapping[str, ShardState]) -> _Sight:
        """What was found and, where discovery could not look, what is known and still wanted.

        What it does not show elsewhere holds no file now: its marks stay, so that it loses nothing if it comes back.
        """
        known = self._welcome([*discovery.shards, *discovery.hidden], known)
        wanted = {path: state.shard for path, state in known.items() if self._is_wanted(state.shard)}
        unseen = {path: shard for path, shard in wanted.items() if path.startswith(tuple(self._unseen))}
        shards = unseen | {shard.path: shard for shard in discovery.shards}
        return _Sight(
            shards=tuple(shards.values()),
            known=known,
            has_discovered=_EVERYTHING not in self._unseen,
            vanished=frozenset(path for path, shard in wanted.items() if shard.kind and path not in shards),
        )

    def _is_wanted(self, shard: Shard) -> bool:
        return self._scope.refusal(account=shard.account, kind=shard.kind, region=shard.region) is None

    def _welcome(self, shards: Sequence[Shard], known: Mapping[str, ShardState]) -> Mapping[str, ShardState]:
        """Remember new accounts before anything is listed: a crash must not make them look newer than they are."""
        new = newcomers(shards, known, horizon=self._policy.horizon)
        for shard, mark in new:
            empty = Listing(shard=shard, listed_at=mark, objects=())
            self._ledger.record_listing(self._source.name, empty, is_sweep=False, now=self._clock())
        return self._ledger.shard_states(self._source.name) if new else known

    def _jobs(self, shards: Sequence[Shard], sight: _Sight, bounds: Bounds, *, now: datetime) -> list[Job]:
        """What to list of each shard, the longest unlisted first."""
        jobs = []
        for shard in shards:
            state = sight.known.get(shard.path)
            window = window_of(state, bounds, path=shard.path, now=now, has_discovered=sight.has_discovered)
            jobs.append(Job(shard=shard, state=state, window=window))
        return sorted(jobs, key=lambda job: job.mark)

    def _list(self, jobs: Sequence[Job], sheet: Sheet, start_at: datetime | None) -> int:
        """Work the listings off; gives how many were left when going on became pointless."""
        listings = Round(
            self._source,
            self._ledger,
            sheet=sheet,
            pauses=self._pauses,
            policy=self._policy,
            bounds=self._bounds(start_at),
            clock=self._clock,
        )

        def is_over() -> bool:
            return listings.is_hopeless() or self._is_stopping()

        return len(work_off(jobs, listings.ask, listings.settle, threads=self._policy.concurrency, is_over=is_over))
