"""One shard's new digests: listed, fetched in the order of their chains, verified, and what they say stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from daemon.errors import ObjectGone
from daemon.model import ChainState, DigestOutcome, LogObject, Shard
from daemon.ports import Clock, DigestSource
from daemon.record.digests import SqlDigests
from daemon.service.proving.outcome import ProofSheet
from daemon.sources.digests.examine import Examiner
from daemon.trail.digests.chain import Link, link_of
from daemon.trail.digests.examined import Examined
from daemon.trail.digests.follow import Surroundings, chain_name, follow

log = structlog.get_logger("trailwarden")

BEHIND = timedelta(days=1)  # each round looks this far behind the newest digest known
LATE = timedelta(days=3)  # of a sweep, digests written since this long before the newest one known are looked at
HORIZON = timedelta(days=35)
_PART = 2_000  # keys: memory is bounded by it, and not by what lies in the bucket
REPLICATION = timedelta(
    hours=1
)  # a digest may come before its predecessor, or its files, only where a bucket is copied


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestShards:
    """Works on the digests of one shard at a time. May be used from several threads, each with a shard of its own."""

    source: DigestSource
    name: str
    examiner: Examiner
    digests: SqlDigests
    around: Surroundings
    first_since: datetime | None
    clock: Clock
    sheet: ProofSheet
    is_stopping: Callable[[], bool]

    def work(self, shard: Shard, chains: Mapping[str, ChainState], *, is_sweep: bool) -> None:
        """Look at what is new. Raises SourceUnavailable, StoreError."""
        ours = {name: chain for name, chain in chains.items() if name.rpartition("/")[0] == shard.path}
        newest = max((chain.head.ended_at for chain in ours.values()), default=None)
        since = self._since(newest, is_sweep=is_sweep)
        forged: set[str] = set()
        around = replace(self.around, since=since, is_forged=forged.__contains__)
        resume: str | None = None
        while not self.is_stopping():
            # In parts: whoever can write to the bucket can also put a million keys there.
            listing = self.source.list_shard(shard, after=since, limit=_PART, resume=resume)
            checked = self.digests.checked(self.name, [obj.key for obj in listing.objects])
            forged |= {key for key, (_, outcome) in checked.items() if outcome is DigestOutcome.FORGED}
            etags = {key: etag for key, (etag, _) in checked.items()}
            known = _Known(etags=etags, chains=ours, newest=newest, since=since)
            for name, found in _by_chain([obj for obj in listing.objects if known.is_news(obj)]).items():
                chain = self._follow(found, ours.get(name), around, forged=forged)
                if chain is not None:
                    ours[name] = chain
            resume = listing.next_key
            if resume is None:
                return

    def _since(self, newest: datetime | None, *, is_sweep: bool) -> datetime | None:
        """Where to look from; a trail that is new to us is proved from `first_since` on."""
        if newest is None:
            return self.first_since
        behind = newest - (HORIZON if is_sweep else BEHIND)
        return behind if self.around.since is None else max(behind, self.around.since)

    def _follow(
        self, found: Sequence[LogObject], chain: ChainState | None, around: Surroundings, *, forged: set[str]
    ) -> ChainState | None:
        """Gives where the chain stands then."""
        for obj in found:
            if self.is_stopping():
                return chain
            try:
                examined = self.examiner.examine(obj)
            except ObjectGone:  # between its listing and now: the digest after it will name it
                continue
            now = self.clock()
            if now - obj.last_modified < REPLICATION and _is_ahead(examined, chain, around):
                return chain
            taken = follow(examined, chain, around)
            if taken.outcome is DigestOutcome.FORGED:
                forged.add(obj.key)
            new = self.digests.record(self.name, taken, now=now)
            self.sheet.digest(taken.outcome.value, findings=new)
            log.info("digest checked", key=obj.key, outcome=taken.outcome.value, files=len(taken.files), findings=new)
            chain = taken.chain or chain
        return chain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What tells a digest that is new from one that was looked at. `newest`: when the newest one known ended."""

    etags: Mapping[str, str]
    chains: Mapping[str, ChainState]
    newest: datetime | None
    since: datetime | None

    def is_news(self, obj: LogObject) -> bool:
        """Whether to look at it: one that came since, or was written anew."""
        if self.etags.get(obj.key) == obj.etag or (self.since is not None and obj.stamped_at <= self.since):
            return False
        chain = self.chains.get(chain_name(obj))
        if chain is None or self.newest is None or obj.stamped_at > chain.head.ended_at:
            return True
        return obj.last_modified >= self.newest - LATE


def _is_ahead(examined: Examined, chain: ChainState | None, around: Surroundings) -> bool:
    """Whether its predecessor is not there yet: where a bucket is copied, order is not kept. Asked again in an hour."""
    if examined.digest is None:
        return False
    head = chain.head if chain else None
    return link_of(examined.digest, head, since=around.since, is_forged=around.is_forged) is Link.MISSING


def _by_chain(found: Sequence[LogObject]) -> dict[str, list[LogObject]]:
    chains: dict[str, list[LogObject]] = defaultdict(list)
    for obj in sorted(found, key=lambda obj: obj.stamped_at):
        chains[chain_name(obj)].append(obj)
    return chains
