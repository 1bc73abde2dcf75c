"""The files that digests name beside those of the ledger; the bucket is asked only for what the ledger has not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from daemon.model import Finding, FindingKind, KnownFile, LogObject, Outstanding, Proof, Settlement, Shard
from daemon.ports import Clock, Ledger, Listing, Source
from daemon.record.digests import SqlDigests
from daemon.service.proving.outcome import ProofSheet
from daemon.service.proving.shard import REPLICATION
from daemon.sources.window import NEVER_COMPLETE
from daemon.trail.digests.manifest import Verdict, verdict_on
from daemon.trail.keys import LogKey, parse_key

_PAGE = 1_000
_PROOFS = {
    Verdict.PROVED: Proof.PROVED,
    Verdict.CHANGED: Proof.CHANGED,
    Verdict.DELETED: Proof.PROVED,
    Verdict.NOT_HASHED: Proof.NOT_HASHED,
}
_KINDS = {Verdict.CHANGED: FindingKind.LOG_FILE_CHANGED, Verdict.DELETED: FindingKind.LOG_FILE_DELETED}


@dataclass(slots=True, kw_only=True)
class _Page:
    """What becomes of some files, until it is written down."""

    proofs: dict[int, Proof]
    settled: list[str]
    missed: list[str]
    findings: list[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFiles:
    """Settles what digests name. One thread."""

    source: Source
    bucket: str
    ledger: Ledger
    digests: SqlDigests
    locate: Callable[[str], str]
    clock: Clock
    sheet: ProofSheet
    is_stopping: Callable[[], bool]

    def settle(self) -> None:
        """Go through all that is outstanding, in pages. Raises SourceUnavailable, StoreError."""
        after = ""
        while not self.is_stopping():
            page = self.digests.outstanding(self.source.name, after=after, limit=_PAGE)
            if not page:
                return
            self._settle(page)
            after = page[-1].file.key

    def _settle(self, page: Sequence[Outstanding]) -> None:
        known = self.digests.known(self.source.name, [each.file.key for each in page])
        sheet = _Page(proofs={}, settled=[], missed=[], findings=[])
        unknown: list[Outstanding] = []
        for each in page:
            verdict = verdict_on(each.file.sha256, known.get(each.file.key))
            if verdict is Verdict.UNKNOWN:
                unknown.append(each)
            elif verdict is not Verdict.WAIT:
                self._close(each, verdict, known[each.file.key], sheet)
        try:
            self._look_for(unknown, sheet)
        finally:  # what was found out before the bucket refused counts
            settlement = Settlement(
                proofs=sheet.proofs,
                settled=tuple(sheet.settled),
                missed=tuple(sheet.missed),
                findings=tuple(sheet.findings),
            )
            self.sheet.findings += self.digests.settle(self.source.name, settlement, now=self.clock())

    def _close(self, each: Outstanding, verdict: Verdict, known: KnownFile, sheet: _Page) -> None:
        sheet.settled.append(each.file.key)
        sheet.proofs[known.row_id] = _PROOFS[verdict]
        self.sheet.files[verdict.value] += 1
        if verdict in _KINDS:
            found = known.reason or known.sha256 or ""
            sheet.findings.append(self._finding(each, verdict, found if verdict is Verdict.CHANGED else ""))

    def _look_for(self, unknown: Sequence[Outstanding], sheet: _Page) -> None:
        """Ask the bucket: what is there is late for us and is taken in, what is not there is missing."""
        found: dict[str, list[LogObject]] = defaultdict(list)
        shards: dict[str, Shard] = {}
        try:
            for each in unknown:
                shard = self._shard(each.file.key)
                listing = self.source.list_shard(shard, after=None, prefix=each.file.key)
                there = [obj for obj in listing.objects if obj.key == each.file.key]
                shards[shard.path] = shard
                found[shard.path] += there
                if not there:
                    self._miss(each, sheet)
        finally:
            self._take_in([(shards[path], objects) for path, objects in found.items() if objects])

    def _miss(self, each: Outstanding, sheet: _Page) -> None:
        if self.clock() - (each.missed_at or each.ended_at) < REPLICATION:
            if each.missed_at is None:
                sheet.missed.append(each.file.key)
            return
        sheet.settled.append(each.file.key)
        sheet.findings.append(self._finding(each, Verdict.DELETED, ""))
        self.sheet.files[Verdict.DELETED.value] += 1

    def _take_in(self, found: Sequence[tuple[Shard, Sequence[LogObject]]]) -> None:
        """Enter them as new; the marks of their shards stay, since this was no listing of them."""
        states = self.ledger.shard_states(self.source.name) if found else {}
        for shard, objects in found:
            state = states.get(shard.path)
            mark = state.listed_at if state and state.listed_at else NEVER_COMPLETE
            taken = Listing(shard=shard, listed_at=mark, objects=objects)
            now = self.clock()
            self.sheet.fetched += self.ledger.record_listing(self.source.name, taken, is_sweep=False, now=now)

    def _shard(self, key: str) -> Shard:
        parts = parse_key(key)
        if not isinstance(parts, LogKey):  # only wanted keys come here, and those can be taken apart
            raise ValueError(key)
        return Shard(
            bucket=self.bucket,
            path=parts.shard_path,
            org_id=parts.org_id,
            account=parts.account,
            kind=parts.kind,
            region=parts.region,
        )

    def _finding(self, each: Outstanding, verdict: Verdict, found: str) -> Finding:
        shard = self._shard(each.file.key)
        return Finding(
            kind=_KINDS[verdict],
            reason=verdict.value if verdict is Verdict.DELETED else "other_content",
            bucket=self.bucket,
            key=each.file.key,
            url=self.locate(each.file.key),
            account=shard.account,
            region=shard.region,
            org_id=shard.org_id,
            trail=each.trail,
            at=each.ended_at,
            digest_key=each.digest_key,
            expected=each.file.sha256,
            found=found,
        )
