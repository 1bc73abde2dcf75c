"""A bucket in memory into which CloudTrail delivers as it does on its worst days, and a clock that is moved.

Delays from seconds to thirty days, a dozen files in one minute with random unique parts, clocks that differ, listings
and reads that fail now and then. What is older than any sweep looks is forgotten, as a lifecycle rule would have it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.ports import Discovery, Listing
from daemon.trail.keys import start_after

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_FORGOTTEN = timedelta(days=80)  # a sweep that was due for weeks reaches back that far


def shards_of(count: int) -> list[Shard]:
    """So many shards of an organisation."""
    regions = ("eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2")
    return [_shard(f"{111100000000 + n // len(regions)}", regions[n % len(regions)]) for n in range(count)]


def _shard(account: str, region: str) -> Shard:
    path = f"AWSLogs/{account}/CloudTrail/{region}"
    return Shard(bucket="bucket", path=path, org_id=None, account=account, kind="CloudTrail", region=region)


@dataclass(slots=True)
class _Folder:
    """A shard's files by key."""

    keys: list[str] = field(default_factory=list)
    by_key: dict[str, LogObject] = field(default_factory=dict)
    arrivals: list[datetime] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class World:
    """Implements ports.Source. `skew` is how far the server's clock is ahead of the daemon's."""

    shards: list[Shard]
    chance: Random
    refuses: float = 0.01
    now: datetime = BEGIN
    skew: timedelta = timedelta(0)
    name: str = "s3://bucket"
    calls: int = 0
    listed: int = 0
    delivered: int = 0
    late: int = 0
    _folders: dict[str, _Folder] = field(default_factory=dict)
    _coming: list[tuple[datetime, int, Shard, datetime]] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        self._folders = {shard.path: _Folder() for shard in self.shards}

    def clock(self) -> datetime:
        """The daemon's clock."""
        return self.now

    def write(self, lasting: timedelta, *, files: int) -> None:
        """CloudTrail closes about so many files a shard in this time from now on; each comes when it comes."""
        for shard in self.shards:
            left = files
            while left > 0:
                count = min(left, 12 if self.chance.random() < 0.05 else 1)  # a dozen share one minute
                closed_at = self.now + lasting * self.chance.random()
                for _ in range(count):
                    self._number += 1
                    heappush(self._coming, (closed_at + self._delay(), self._number, shard, closed_at))
                left -= count

    def _delay(self) -> timedelta:
        kind = self.chance.random()
        if kind < 0.97:
            return timedelta(seconds=self.chance.uniform(1, 900))
        longest = timedelta(hours=12) if kind < 0.99 else timedelta(days=30)
        return longest * self.chance.random()

    def go_on(self, wait: timedelta | None) -> None:
        """Time passes, and what is due by then is in the bucket; with None all that ever comes."""
        until = self.now + wait if wait is not None else max([self.now, *(each[0] for each in self._coming)]) + _MINUTE
        while self._coming and self._coming[0][0] <= until:
            arrives_at, _, shard, closed_at = heappop(self._coming)
            self._put(shard, closed_at + timedelta(seconds=self.chance.uniform(-120, 120)), arrives_at)
        self.now = until

    def _put(self, shard: Shard, stamped_at: datetime, arrives_at: datetime) -> None:
        stamped_at = max(stamped_at, BEGIN).replace(second=0, microsecond=0)
        key = f"{start_after(shard, stamped_at)}_{self.chance.getrandbits(64):016x}.json.gz"
        folder = self._folders[shard.path]
        insort(folder.keys, key)
        folder.by_key[key] = LogObject(
            bucket=shard.bucket,
            key=key,
            account=shard.account,
            region=shard.region,
            org_id=None,
            kind=shard.kind,
            stamped_at=stamped_at,
            unique=key[-24:-8],
            size=1,
            etag="",
            last_modified=arrives_at + self.skew,
            url=f"s3://bucket/{key}",
        )
        folder.arrivals.append(arrives_at)
        self.delivered += 1
        self.late += arrives_at - closed_limit(stamped_at) > timedelta(hours=1)

    def expire(self) -> None:
        """Forget what no sweep looks at any more."""
        for shard in self.shards:
            folder = self._folders[shard.path]
            old = bisect_left(folder.keys, start_after(shard, self.now - _FORGOTTEN))
            for key in folder.keys[:old]:
                del folder.by_key[key]
            del folder.keys[:old]

    def arrived(self, path: str, *, since: datetime) -> int:
        """How many files came into a shard since then."""
        return len(self._folders[path].arrivals) - bisect_left(self._folders[path].arrivals, since)

    def discover(self) -> Discovery:
        """The shards, at the cost of a request for the root and one an account."""
        self.calls += 2 + 2 * len({shard.account for shard in self.shards})
        return Discovery(shards=self.shards)

    def list_shard(
        self,
        shard: Shard,
        *,
        after: datetime | None,
        limit: int | None = None,
        resume: str | None = None,
        prefix: str = "",
    ) -> Listing:
        """What lies there now; now and then refused, also in the middle of a long listing."""
        self._refuse(shard.path)
        folder = self._folders[shard.path]
        start = bisect_left(folder.keys, resume or (start_after(shard, after) if after else ""))
        if resume:
            start += 1
        end = len(folder.keys) if limit is None else min(start + limit, len(folder.keys))
        part = folder.keys[start:end]
        self.calls += max(-(-len(part) // 1000), 1)
        self.listed += len(part)
        return Listing(
            shard=shard,
            listed_at=self.now + self.skew,
            objects=[folder.by_key[key] for key in part],
            next_key=part[-1] if end < len(folder.keys) else None,
        )

    def get(self, obj: LogObject) -> bytes:
        """Nothing, or a refusal that passes."""
        self._refuse(obj.url)
        return b""

    def _refuse(self, where: str) -> None:
        if self.chance.random() < self.refuses:
            raise SourceUnavailable(f"{where}: refused", reason=EnvironmentReason.ACCESS_DENIED)


def closed_limit(stamped_at: datetime) -> datetime:
    """The latest time at which a file of this stamp may have been closed."""
    return stamped_at + 3 * _MINUTE
