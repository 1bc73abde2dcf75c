"""An organisation as the state sees it: its shards, how many files each writes, and what the daemon makes of them.

Everything is written through the daemon's own ledger, recorder and digest ledger, with a clock that is moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from daemon.model import (
    ChainState,
    CheckedDigest,
    DigestOutcome,
    Head,
    ListedFile,
    LogObject,
    ObjectResult,
    ObjectState,
    Outstanding,
    Proof,
    Settlement,
    Shard,
)
from daemon.ports import Listing
from daemon.record.store import Store
from daemon.sources.window import Bounds
from daemon.trail.keys import start_after

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEEP_OBJECTS, KEEP_ALERTS = timedelta(days=3), timedelta(days=400)
SWEEP = timedelta(hours=6)
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-west-2"),
    *("eu-west-3", "eu-central-1", "eu-north-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    *("ap-southeast-1", "ap-southeast-2"),
)
_SOURCE = "s3://example-trail"
_ORG = "o-exampleorg1"
_BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Accounts with these regions each: some in use, with a file every five minutes, the others with one an hour."""

    accounts: int
    regions: int = len(REGIONS)
    busy: int = 3
    has_digests: bool = True

    def files_an_hour(self, region: int) -> int:
        """How many files one shard writes."""
        return 12 if region < self.busy else 1

    @property
    def shards(self) -> int:
        """How many series of files there are."""
        return self.accounts * self.regions

    @property
    def files_a_day(self) -> int:
        """How many files all of it writes."""
        return 24 * self.accounts * sum(map(self.files_an_hour, range(self.regions)))

    def each_shard(self) -> Iterator[tuple[Shard, int]]:
        """Every shard, and its files an hour."""
        for account in range(self.accounts):
            for region in range(self.regions):
                yield _shard(f"{111100000000 + account}", REGIONS[region]), self.files_an_hour(region)


class Watching:
    """A daemon's state that follows an organisation; `hour` is where it is. Files are done as soon as they are seen."""

    def __init__(self, store: Store, organisation: Organisation) -> None:
        self._store = store
        self._shards = list(organisation.each_shard())
        self._has_digests = organisation.has_digests
        self._bounds = Bounds(start_at=BEGIN, lookback=HOUR, keep_objects=KEEP_OBJECTS, sweep_every=SWEEP)
        self.now = BEGIN
        store.ledger.open_source(_SOURCE, start_at=BEGIN, now=BEGIN)

    def go_on(self) -> None:
        """Six hours: each shard's files are listed by its sweep, worked off, and named by digests."""
        begin, self.now = self.now, self.now + SWEEP
        for shard, an_hour in self._shards:
            objects = [*_files(shard, begin, count=an_hour * (SWEEP // HOUR))]
            listing = Listing(shard=shard, listed_at=self.now, objects=objects)
            before = self._bounds.done_before(self.now)
            self._store.ledger.record_listing(_SOURCE, listing, is_sweep=True, now=self.now, done_before=before)
        self._work_off()
        for hour in range(SWEEP // HOUR):
            self.name_an_hour(begin + hour * HOUR)
            self._settle()
        self._store.prune(keep_alerts=KEEP_ALERTS, keep_objects=KEEP_OBJECTS, now=self.now)

    def forget_all(self) -> None:
        """Nothing more comes for longer than anything is kept."""
        self._settle()
        later = self.now + 2 * KEEP_ALERTS
        for shard, _ in self._shards:
            nothing, before = Listing(shard=shard, listed_at=later, objects=[]), self._bounds.done_before(later)
            self._store.ledger.record_listing(_SOURCE, nothing, is_sweep=True, now=later, done_before=before)
        self._store.prune(keep_alerts=KEEP_ALERTS, keep_objects=KEEP_OBJECTS, now=later)

    def name_an_hour(self, begin: datetime) -> None:
        """Each shard's digest of this hour is looked at, and what it names is written down to be compared."""
        if self._has_digests:
            for shard, an_hour in self._shards:
                self._prove(shard, begin, files=an_hour)

    def _work_off(self) -> None:
        while rows := self._store.ledger.pending(_SOURCE, now=self.now, limit=_BATCH):
            done = [_done(row.row_id, row.object) for row in rows]
            self._store.recorder.complete(done, plans=(), ruleset_digest="", now=self.now)

    def _prove(self, shard: Shard, begin: datetime, *, files: int) -> None:
        key = _digest_key(shard, begin + HOUR)
        head = Head(key=key, sha256="0" * 64, signature="0" * 512, ended_at=begin + HOUR)
        named = tuple(
            Outstanding(
                file=ListedFile(bucket=shard.bucket, key=obj.key, sha256=_hash(obj)),
                digest_key=key,
                trail="organisation",
                ended_at=begin + HOUR,
            )
            for obj in _files(shard, begin, count=files, lasting=HOUR)
        )
        chain = ChainState(name=_digest_key(shard, BEGIN)[:-26], log_path=shard.path, began_at=BEGIN, head=head)
        checked = CheckedDigest(key=key, etag=_ETAG, outcome=DigestOutcome.VERIFIED, files=named, chain=chain)
        self._store.digests.record(_SOURCE, checked, now=self.now)

    def _settle(self) -> None:
        while waiting := self._store.digests.outstanding(_SOURCE, after="", limit=_BATCH):
            keys = [each.file.key for each in waiting]
            known = self._store.digests.known(_SOURCE, keys)
            assert len(known) == len(keys)
            proofs = {each.row_id: Proof.PROVED for each in known.values()}
            self._store.digests.settle(_SOURCE, Settlement(proofs=proofs, settled=tuple(keys)), now=self.now)


_ETAG = "0123456789abcdef0123456789abcdef"


def _shard(account: str, region: str) -> Shard:
    path = f"AWSLogs/{_ORG}/{account}/CloudTrail/{region}"
    return Shard(bucket="example-trail", path=path, org_id=_ORG, account=account, kind="CloudTrail", region=region)


def _files(shard: Shard, begin: datetime, *, count: int, lasting: timedelta = SWEEP) -> Iterator[LogObject]:
    """Evenly spread; asked for in parts or at once they are the same."""
    for number in range(count):
        stamp = (begin + number * lasting / count).replace(second=0, microsecond=0)
        unique = hashlib.sha256(f"{shard.path}{stamp}".encode()).hexdigest()[:16]
        key = f"{start_after(shard, stamp)}_{unique}.json.gz"
        yield LogObject(
            bucket=shard.bucket,
            key=key,
            account=shard.account,
            region=shard.region,
            org_id=shard.org_id,
            kind=shard.kind,
            stamped_at=stamp,
            unique=unique,
            size=12_345,
            etag=_ETAG,
            last_modified=stamp + timedelta(minutes=4),
            url=f"s3://{shard.bucket}/{key}",
        )


def _done(row_id: int, obj: LogObject) -> ObjectResult:
    return ObjectResult(
        row_id=row_id,
        object=obj,
        state=ObjectState.DONE,
        events=40,
        newest_at=obj.stamped_at,
        sha256=_hash(obj),
    )


def _hash(obj: LogObject) -> str:
    return hashlib.sha256(obj.key.encode()).hexdigest()


def _digest_key(shard: Shard, ended_at: datetime) -> str:
    folder = f"AWSLogs/{_ORG}/{shard.account}/CloudTrail-Digest/{shard.region}/{ended_at:%Y/%m/%d}"
    name = f"{shard.account}_CloudTrail-Digest_{shard.region}_organisation_us-east-1_{ended_at:%Y%m%dT%H%M%SZ}.json.gz"
    return f"{folder}/{name}"
