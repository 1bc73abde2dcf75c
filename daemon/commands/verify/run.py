"""Verifies a trail's history shard by shard: every digest in its chain, every file that one names, every file there."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from daemon.commands.verify.verdict import ShardVerdict
from daemon.errors import ObjectGone, ObjectTooLarge, ObjectUnreadable, SourceUnavailable
from daemon.model import ChainState, DigestOutcome, Finding, FindingKind, LogObject, Outstanding, Shard
from daemon.ports import DigestSource, Source
from daemon.sources.digests.examine import Examiner
from daemon.sources.inputs.window import Window
from daemon.trail.digests.follow import Surroundings, chain_name, follow
from daemon.trail.inflate import Hashed, Inflation
from daemon.trail.keys import DIGEST, LOGS, LogKey, parse_key

EDGE = timedelta(minutes=15)  # a file's stamp and the hour in which it was delivered may lie that far apart
_AHEAD = 16
_MOST_FINDINGS = 10_000  # of a shard: past them nobody reads on


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """One run. `show` hears of each file and digest; `pool` reads files while others are hashed."""

    source: Source
    digest_source: DigestSource
    examiner: Examiner
    locate: Callable[[str], str]
    window: Window
    is_remote: bool
    max_bytes: int
    pool: Executor
    show: Callable[[], None]

    def shards(self) -> list[tuple[Shard | None, Shard | None]]:
        """Shards of logs and of digests that belong together; either may be lacking. Raises SourceUnavailable."""
        logs = {shard.path: shard for shard in self.source.discover().shards if shard.kind == LOGS}
        found = {_log_path(shard): shard for shard in self.digest_source.discover().shards}
        return [(logs.get(path), found.get(path)) for path in sorted({*logs, *found})]

    def verify(self, logs: Shard | None, digests: Shard | None) -> ShardVerdict:
        """One account and region; what the environment refuses is in the verdict."""
        either = logs or digests
        assert either is not None  # noqa: S101  # that is how they were found
        verdict = ShardVerdict(account=either.account, region=either.region, path=either.path)
        work = _Shard(run=self, verdict=verdict)
        try:
            if digests is not None:
                work.follow(digests)
            if logs is not None:
                work.look_for_others(logs)
        except SourceUnavailable as fault:
            verdict.refusal = str(fault)
        return verdict


@dataclass(slots=True, kw_only=True)
class _Shard:
    """The work on one shard: which files are named, and of what time digests were found."""

    run: Verification
    verdict: ShardVerdict
    named: set[str] = field(default_factory=set)
    began_at: datetime | None = None
    ended_at: datetime | None = None

    def follow(self, shard: Shard) -> None:
        """Every digest of the time asked for, chain by chain, and every file that it names."""
        window = self.run.window
        listing = self.run.digest_source.list_shard(shard, after=window.since)
        chains: dict[str, list[LogObject]] = defaultdict(list)
        for obj in sorted(listing.objects, key=lambda obj: obj.stamped_at):
            if (window.since is None or obj.stamped_at > window.since) and _is_before(obj.stamped_at, window.until):
                chains[chain_name(obj)].append(obj)
        for objects in chains.values():
            self._follow(objects)

    def _follow(self, objects: Sequence[LogObject]) -> None:
        chain: ChainState | None = None
        forged: set[str] = set()
        around = Surroundings(
            since=self.run.window.since,
            is_forged=forged.__contains__,
            is_wanted=_is_log,
            locate=self.run.locate,
        )
        for obj in objects:
            try:
                examined = self.run.examiner.examine(obj)
            except ObjectGone:  # just now: the one after it names it
                continue
            taken = follow(examined, chain, around)
            self.verdict.digests[taken.outcome.value] += 1
            if taken.outcome is DigestOutcome.FORGED:
                forged.add(obj.key)
            for finding in taken.findings:
                self._find(finding)
                self.verdict.digests["missing"] += finding.kind is FindingKind.DIGEST_MISSING
            if examined.digest is not None:
                self._cover(examined.digest.starts_at, examined.digest.ends_at)
            chain = taken.chain or chain
            self.run.show()
            self._compare(taken.files, obj)

    def _cover(self, starts_at: datetime, ends_at: datetime) -> None:
        self.began_at = min(self.began_at or starts_at, starts_at)
        self.ended_at = max(self.ended_at or ends_at, ends_at)

    def _compare(self, files: Sequence[Outstanding], digest: LogObject) -> None:
        for each, read in self._read_ahead(files, digest):
            self.named.add(each.file.key)
            self.run.show()
            try:
                found = _hash_of(read.result(), max_bytes=self.run.max_bytes)
            except ObjectGone:
                self.verdict.files["deleted"] += 1
                self._find(_about(each, digest, FindingKind.LOG_FILE_DELETED, "deleted", run=self.run))
                continue
            except (ObjectTooLarge, ObjectUnreadable, SourceUnavailable) as fault:
                self.verdict.files["unread"] += 1
                self.verdict.refusal = self.verdict.refusal or str(fault)
                continue
            if found == each.file.sha256:
                self.verdict.files["proved"] += 1
                continue
            self.verdict.files["changed"] += 1
            changed = _about(each, digest, FindingKind.LOG_FILE_CHANGED, "other_content", run=self.run)
            self._find(replace(changed, found=found))

    def _read_ahead(
        self, files: Sequence[Outstanding], digest: LogObject
    ) -> Iterator[tuple[Outstanding, Future[bytes]]]:
        waiting: deque[tuple[Outstanding, Future[bytes]]] = deque()
        for each in files:
            obj = replace(digest, key=each.file.key, url=self.run.locate(each.file.key), kind=LOGS)
            waiting.append((each, self.run.pool.submit(self.run.source.get, obj)))
            if len(waiting) >= _AHEAD:
                yield waiting.popleft()
        yield from waiting

    def look_for_others(self, shard: Shard) -> None:
        """Files of the time that digests were found for and that none names."""
        resume: str | None = None
        after = self.began_at + EDGE if self.began_at else self.run.window.since
        while True:
            listing = self.run.source.list_shard(shard, after=after, limit=5_000, resume=resume)
            for obj in listing.objects:
                self._look(obj)
            resume = listing.next_key
            if resume is None:
                return

    def _look(self, obj: LogObject) -> None:
        if not _is_before(obj.stamped_at, self.run.window.until):
            return
        self.verdict.has_logs = True
        if self.began_at is None or self.ended_at is None or obj.key in self.named:
            return
        until = self.ended_at - EDGE
        is_covered = self.began_at + EDGE <= obj.stamped_at <= until
        if is_covered and (not self.run.is_remote or obj.last_modified <= until):
            self.verdict.files["not_vouched"] += 1
            self._find(_finding(obj, FindingKind.FILE_NOT_VOUCHED_FOR, "in_no_digest"))

    def _find(self, finding: Finding) -> None:
        if len(self.verdict.findings) < _MOST_FINDINGS:
            self.verdict.findings.append(finding)


def _log_path(shard: Shard) -> str:
    return shard.path.replace(f"/{DIGEST}/", f"/{LOGS}/")


def _is_before(at: datetime, until: datetime | None) -> bool:
    return until is None or at < until


def _is_log(key: str) -> bool:
    parts = parse_key(key)
    return isinstance(parts, LogKey) and parts.kind != DIGEST


def _hash_of(data: bytes, *, max_bytes: int) -> str:
    """Of the uncompressed content in hex; what is no whole gzip, or has something behind it, has another word."""
    content = Inflation(data, max_bytes=max_bytes)
    hashed = Hashed(content)
    deque(hashed, maxlen=0)
    return str(content.fault) if content.fault else hashed.sha256


def _about(each: Outstanding, digest: LogObject, kind: FindingKind, reason: str, *, run: Verification) -> Finding:
    here = replace(digest, key=each.file.key, url=run.locate(each.file.key))
    finding = _finding(here, kind, reason)
    return replace(finding, digest_key=each.digest_key, expected=each.file.sha256, trail=each.trail)


def _finding(obj: LogObject, kind: FindingKind, reason: str) -> Finding:
    return Finding(
        kind=kind,
        reason=reason,
        bucket=obj.bucket,
        key=obj.key,
        url=obj.url,
        account=obj.account,
        region=obj.region,
        org_id=obj.org_id,
        trail="",
        at=obj.stamped_at,
    )
