"""One source's round of proving: every shard's new digests, then the files that they name, then what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from daemon.config import SourceConfig
from daemon.errors import EnvironmentReason, KeysUnavailable, SourceUnavailable, StoreError
from daemon.model import Shard
from daemon.ports import Clock, DigestSource, Discovery, Source
from daemon.record.store import Store
from daemon.service.proving.files import NamedFiles
from daemon.service.proving.gaps import Gaps
from daemon.service.proving.outcome import ProofSheet
from daemon.service.proving.scope import wanted_by
from daemon.service.proving.shard import DigestShards
from daemon.sources.build import build_digest_source, build_examiner, scope_of
from daemon.sources.crew import work_off
from daemon.sources.digests.examine import Examiner
from daemon.trail.digests.follow import Surroundings
from daemon.trail.keys import LOGS, Scope

log = structlog.get_logger("trailwarden")

FIRST_LOOK = timedelta(days=2)  # a bucket's history before that is `verify`'s: the ledger remembers as little of it
SWEEP_EVERY = timedelta(days=1)
_THREADS = 8
_LEAST_IN_A_ROW = 8  # so many refusals in a row are the whole source's


def make_prover(
    config: SourceConfig,
    source: Source,
    *,
    store: Store,
    keep_objects: timedelta,
    clock: Clock,
    is_stopping: Callable[[], bool],
    on_request: Callable[[str], None] = lambda operation: None,
) -> SourceProver:
    """The prover of a source as the configuration has it. It connects when it is first asked."""
    digest_source = build_digest_source(config, clock=clock, on_request=on_request)
    return SourceProver(
        config=config,
        source=source,
        digest_source=digest_source,
        examiner=build_examiner(digest_source, memory=store.digests),
        store=store,
        scope=scope_of(config),
        keep_objects=keep_objects,
        clock=clock,
        locate=digest_source.locate,
        is_stopping=is_stopping,
    )


@dataclass(slots=True, kw_only=True)
class SourceProver:
    """Proves one source; keeps between rounds only when it last swept. One round at a time."""

    config: SourceConfig
    source: Source
    digest_source: DigestSource
    examiner: Examiner
    store: Store
    scope: Scope
    keep_objects: timedelta
    clock: Clock
    locate: Callable[[str], str]
    is_stopping: Callable[[], bool]
    _swept_at: datetime | None = field(default=None, init=False)

    def prove(self) -> ProofSheet:
        """Prove what can be proved now. What the environment refused is in the sheet. Raises StoreError."""
        sheet = ProofSheet()
        is_known, start_at = self.store.digests.began_at(self.source.name)
        if not is_known:  # it was never listed: its start is not settled yet
            return sheet
        try:
            self._prove(start_at, sheet)
        except SourceUnavailable as fault:
            sheet.fault(fault)
        return sheet

    def _prove(self, start_at: datetime | None, sheet: ProofSheet) -> None:
        discovery = self.digest_source.discover()
        for fault in discovery.faults:
            sheet.fault(fault)
        seen = self._look_at_digests(discovery, start_at, sheet)
        bucket = next((shard.bucket for shard in discovery.shards), self.source.name)
        NamedFiles(
            source=self.source,
            bucket=bucket,
            ledger=self.store.ledger,
            digests=self.store.digests,
            locate=self.locate,
            clock=self.clock,
            sheet=sheet,
            is_stopping=self.is_stopping,
        ).settle()
        sheet.missing = self.store.digests.count_outstanding(self.source.name)
        is_whole = not discovery.faults
        there = {shard.path for shard in discovery.shards} if is_whole else None
        self._look_for_gaps(bucket, seen, start_at, sheet, there=there)

    def _look_at_digests(self, discovery: Discovery, start_at: datetime | None, sheet: ProofSheet) -> list[str]:
        """Every shard, a few at a time. Gives the paths of those that were looked at to their end."""
        now = self.clock()
        is_sweep = self._swept_at is None or now - self._swept_at >= SWEEP_EVERY
        chains = self.store.digests.chains(self.source.name)
        work = self._shards(start_at, sheet, now=now)
        seen: list[str] = []
        in_a_row = 0

        def settle(shard: Shard, done: Future[None]) -> None:
            nonlocal in_a_row
            try:
                done.result()
            except SourceUnavailable as fault:
                is_of_one = isinstance(fault, KeysUnavailable) or fault.reason is EnvironmentReason.ACCESS_DENIED
                in_a_row += not is_of_one
                sheet.fault(fault)
                return
            except StoreError:
                raise
            except Exception as fault:  # one shard's surprise must not keep the others from being proved
                log.exception("proving a shard failed unexpectedly", shard=shard.path)
                sheet.unexpected = sheet.unexpected or fault
                return
            in_a_row = 0
            seen.append(shard.path)

        def is_over() -> bool:
            return in_a_row >= _LEAST_IN_A_ROW or self.is_stopping()

        work_off(
            discovery.shards,
            lambda shard: work.work(shard, chains, is_sweep=is_sweep),
            settle,
            threads=_THREADS,
            is_over=is_over,
        )
        if is_sweep and sheet.is_complete and not self.is_stopping():
            self._swept_at = now
        return seen

    def _shards(self, start_at: datetime | None, sheet: ProofSheet, *, now: datetime) -> DigestShards:
        around = Surroundings(
            since=start_at,
            is_forged=lambda key: False,
            is_wanted=wanted_by(self.scope, start_at=start_at),
            locate=self.locate,
        )
        recent = now - min(FIRST_LOOK, self.keep_objects)
        is_recent = self.config.is_remote and (start_at is None or start_at < recent)
        return DigestShards(
            source=self.digest_source,
            name=self.source.name,
            examiner=self.examiner,
            digests=self.store.digests,
            around=around,
            first_since=recent if is_recent else start_at,
            clock=self.clock,
            sheet=sheet,
            is_stopping=self.is_stopping,
        )

    def _look_for_gaps(
        self, bucket: str, seen: Sequence[str], start_at: datetime | None, sheet: ProofSheet, *, there: Set[str] | None
    ) -> None:
        """`there`: the paths of the shards of digests that there are; None where that is not known for certain."""
        if self.is_stopping():
            return
        chains = self.store.digests.chains(self.source.name)
        # Whoever deletes all digests of a shard must not so hide that they are gone.
        gone = [] if there is None else [path for name in chains if (path := name.rpartition("/")[0]) not in there]
        known = self.store.ledger.shard_states(self.source.name).values()
        Gaps(
            name=self.source.name,
            bucket=bucket,
            digests=self.store.digests,
            locate=self.locate,
            clock=self.clock,
            sheet=sheet,
            since=start_at,
            overdue=self.config.digest_after,
            is_remote=self.config.is_remote,
            is_required=self.config.digest == "require" and there is not None and sheet.is_complete,
        ).look(
            chains,
            seen=[*seen, *gone],
            log_shards=[state.shard for state in known if state.shard.kind == LOGS],
        )
