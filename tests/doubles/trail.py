"""A trail in memory: files delivered at any time, listed as S3 would; it can refuse, and its clock can be moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from daemon.errors import EnvironmentReason, ObjectGone, SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.ports import Discovery, Listing
from daemon.trail.keys import start_after

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shard_of(account: str = "111122223333", region: str = "eu-west-1", *, kind: str = "CloudTrail") -> Shard:
    """A shard of a trail of single accounts."""
    path = f"AWSLogs/{account}/{kind}/{region}"
    return Shard(bucket="bucket", path=path, org_id=None, account=account, kind=kind, region=region)


def object_of(
    shard: Shard, stamped_at: datetime, *, unique: str = "a", delivered_at: datetime | None = None
) -> LogObject:
    """A log file of a shard."""
    stamped_at = stamped_at.replace(second=0, microsecond=0)
    key = f"{start_after(shard, stamped_at)}_{unique}.json.gz"
    return LogObject(
        bucket=shard.bucket,
        key=key,
        account=shard.account,
        region=shard.region,
        org_id=shard.org_id,
        kind=shard.kind,
        stamped_at=stamped_at,
        unique=unique,
        size=1,
        etag="",
        last_modified=delivered_at or stamped_at,
        url=f"s3://{shard.bucket}/{key}",
    )


def _folder(shard: Shard) -> str:
    return shard.path.rsplit("/", 2)[0]


def _refuses_nothing(shard: Shard | None) -> EnvironmentReason | None:
    return None


@dataclass(slots=True)
class MemoryTrail:
    """Implements ports.Source. `refuses` is asked with a shard, or with None for discovery.

    `denied`: accounts that discovery may not look into.
    """

    now: datetime = NOON
    name: str = "s3://bucket"
    delivered: list[tuple[Shard, LogObject]] = field(default_factory=list)
    refuses: Callable[[Shard | None], EnvironmentReason | None] = _refuses_nothing
    skew: timedelta = timedelta(0)
    skipped: dict[str, int] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    asked: list[tuple[str, datetime | None]] = field(default_factory=list)

    def clock(self) -> datetime:
        """The wall clock of the machine that polls."""
        return self.now

    def deliver(self, shard: Shard, stamped_at: datetime, *, unique: str | None = None) -> LogObject:
        """Put a file there now."""
        unique = unique or f"u{len(self.delivered)}"
        obj = object_of(shard, stamped_at, unique=unique, delivered_at=self.now)
        self.delivered.append((shard, obj))
        return obj

    def _refuse(self, shard: Shard | None) -> None:
        reason = self.refuses(shard)
        if reason is not None:
            raise SourceUnavailable(f"{shard.path if shard else self.name}: refused", reason=reason)

    def discover(self) -> Discovery:
        self._refuse(None)
        there = {shard.path: shard for shard, _ in self.delivered}.values()
        denied = {shard.account: shard for shard in there if shard.account in self.denied}.values()
        return Discovery(
            shards=[shard for shard in there if shard.account not in self.denied],
            hidden=[replace(shard, path=_folder(shard), kind="", region="") for shard in denied],
            unseen=[f"{_folder(shard)}/" for shard in denied],
            faults=[
                SourceUnavailable(f"{_folder(shard)}: denied", reason=EnvironmentReason.ACCESS_DENIED)
                for shard in denied
            ],
        )

    def list_shard(
        self,
        shard: Shard,
        *,
        after: datetime | None,
        limit: int | None = None,
        resume: str | None = None,
        prefix: str = "",
    ) -> Listing:
        self.asked.append((shard.path, after))
        self._refuse(shard)
        begin = resume or (start_after(shard, after) if after else "")
        there = [obj for place, obj in self.delivered if place == shard and obj.key.startswith(prefix)]
        found = [obj for obj in there if obj.key > begin]
        part = sorted(found, key=lambda obj: obj.key)[:limit]
        next_key = part[-1].key if len(part) < len(found) else None
        at = self.now + self.skew
        return Listing(shard=shard, listed_at=at, objects=part, next_key=next_key, skipped=dict(self.skipped))

    def get(self, obj: LogObject) -> bytes:
        raise ObjectGone(obj.url)
