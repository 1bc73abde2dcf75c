"""What is not there: chains that fell silent, files that no digest vouches for, shards without any digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from daemon.model import ChainState, Finding, FindingKind, LogObject, Proof, Settlement, Shard
from daemon.ports import Clock
from daemon.record.digests import SqlDigests
from daemon.service.proving.outcome import ProofSheet

SILENT_AFTER = timedelta(hours=4)  # a digest comes every hour, also when nothing happened
FORGOTTEN_AFTER = timedelta(days=35)  # an account that was closed long ago is no news
EDGE = timedelta(minutes=15)  # a file's stamp and the hour in which it was delivered may lie that far apart
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
_MOST = 1_000  # findings a shard and round; the rest in the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Looks for gaps in one source. `is_remote`: files are dated by their delivery, and silence means something."""

    name: str
    bucket: str
    digests: SqlDigests
    locate: Callable[[str], str]
    clock: Clock
    sheet: ProofSheet
    since: datetime | None
    overdue: timedelta
    is_remote: bool
    is_required: bool

    def look(self, chains: Mapping[str, ChainState], *, seen: Iterable[str], log_shards: Sequence[Shard]) -> None:
        """Store what is found. `seen`: paths of the digest shards that were looked at whole. Raises StoreError."""
        done = set(seen)
        ours = [chain for chain in chains.values() if chain.name.rpartition("/")[0] in done]
        by_path: dict[str, list[ChainState]] = defaultdict(list)
        for chain in ours:
            by_path[chain.log_path].append(chain)
        if self.is_remote:
            self._settle({}, [finding for chain in ours if (finding := self._silence(chain)) is not None])
        for shard in log_shards:
            if shard.path in by_path:
                self._unvouched(shard, by_path[shard.path])
            elif self.is_required and not any(chain.log_path == shard.path for chain in chains.values()):
                self._without(shard)

    def _silence(self, chain: ChainState) -> Finding | None:
        now, head = self.clock(), chain.head
        if not SILENT_AFTER < now - head.ended_at < FORGOTTEN_AFTER or _is_backfill(chain):
            return None
        account, region = _account_and_region(chain.log_path)
        return Finding(
            kind=FindingKind.TRAIL_SILENT,
            reason="no_digest",
            bucket=self.bucket,
            key=head.key,
            url=self.locate(head.key),
            account=account,
            region=region,
            org_id=None,
            trail=chain.name.rpartition("/")[2],
            at=head.ended_at,
            digest_key=head.key,
            since=head.ended_at,
        )

    def _unvouched(self, shard: Shard, chains: Sequence[ChainState]) -> None:
        began_at = min(chain.began_at for chain in chains) + EDGE
        ended_at = max(chain.head.ended_at for chain in chains) - EDGE
        if self.since is not None:
            began_at = max(began_at, self.since)
        overdue = self.clock() - self.overdue
        found = self.digests.not_vouched(
            self.name,
            shard.path,
            # Whatever the stamp: no digest of today names a planted file of 2099. Of a folder nothing else is known.
            stamped=(began_at, _NEVER if self.is_remote else ended_at),
            delivered_before=min(overdue, ended_at) if self.is_remote else overdue,
            seen_before=overdue,
            limit=_MOST,
        )
        told = [self._about(obj, FindingKind.FILE_NOT_VOUCHED_FOR, "in_no_digest") for _, obj in found]
        self._settle({row_id: Proof.NOT_VOUCHED for row_id, _ in found}, told)
        self.sheet.files[Proof.NOT_VOUCHED.value] += len(found)

    def _without(self, shard: Shard) -> None:
        """Digests are required, and there is none: told once a shard, as soon as a file of it is overdue."""
        overdue = self.clock() - self.overdue
        found = self.digests.not_vouched(
            self.name,
            shard.path,
            stamped=(self.since or datetime.min.replace(tzinfo=overdue.tzinfo, year=1970), overdue),
            delivered_before=overdue,
            seen_before=overdue,
            limit=1,
        )
        for _, obj in found:
            finding = self._about(obj, FindingKind.DIGEST_MISSING, "no_digests", key=shard.path)
            self._settle({}, [finding])

    def _about(self, obj: LogObject, kind: FindingKind, reason: str, *, key: str | None = None) -> Finding:
        return Finding(
            kind=kind,
            reason=reason,
            bucket=self.bucket,
            key=key or obj.key,
            url=self.locate(key or obj.key),
            account=obj.account,
            region=obj.region,
            org_id=obj.org_id,
            trail="",
            at=obj.stamped_at,
        )

    def _settle(self, proofs: dict[int, Proof], findings: Sequence[Finding]) -> None:
        if proofs or findings:
            settlement = Settlement(proofs=proofs, findings=tuple(findings))
            self.sheet.findings += self.digests.settle(self.name, settlement, now=self.clock())


def _is_backfill(chain: ChainState) -> bool:
    return chain.name.endswith("_backfill")  # these come when there is something to make up for, and not each hour


def _account_and_region(path: str) -> tuple[str, str]:
    *_, account, _kind, region = path.split("/")
    return account, region
