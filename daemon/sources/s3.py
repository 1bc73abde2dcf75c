"""A trail in an S3 bucket: which shards and objects it has, and their bytes. Every fault leaves as one of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.ports import Clock, Discovery, Listing
from daemon.sources.aws import AwsAccess
from daemon.sources.connection import Connection
from daemon.sources.entries import Entry, Skips, sort_out
from daemon.sources.faults import GET, LIST, translated_body
from daemon.sources.purpose import Purpose, listing_for
from daemon.sources.walk import Folder, Walk
from daemon.trail.keys import Scope, SkipReason, start_after

BODY_TRIES = 3
_SMALL = 8 << 20  # bytes: of a larger object the time goes into its body, and S3's checksum of it is worth having


class S3Source:
    """Source over a bucket. Connects when first asked; may be called from several threads."""

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        scope: Scope,
        clock: Clock,
        max_bytes: int,
        access: AwsAccess | None = None,
        concurrency: int = 8,
    ) -> None:
        self.bucket = self._bucket = bucket
        self._prefix = prefix
        self.access = access or AwsAccess()
        self._scope = scope
        self._clock = clock
        self._max_bytes = max_bytes
        self._named: set[str] = set()
        self._concurrency = concurrency
        self._connection = Connection(self.access, bucket=bucket, name=self.name)

    @property
    def name(self) -> str:
        """`s3://bucket/prefix`."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def locate(self, key: str) -> str:
        """The URL of a key or prefix."""
        return f"s3://{self._bucket}/{key}"

    def discover(self) -> Discovery:
        """Find the shards. Raises SourceUnavailable."""
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="discover") as pool:
            walk = Walk(bucket=self._bucket, prefix=self._prefix, scope=self._scope, look=self.look, spread=pool.map)
            return walk.discover()

    def look(self, prefix: str, *, start: str = "") -> Folder:
        """What lies directly under a prefix. Raises SourceUnavailable."""
        with listing_for(Purpose.DISCOVER):
            return _as_folder(self._pages(self.locate(prefix), Prefix=f"{prefix}{start}", Delimiter="/"), prefix)

    def glance(self, prefix: str) -> Folder:
        """The first things under a prefix, at the cost of one request. Raises SourceUnavailable."""
        return _as_folder(islice(self._pages(self.locate(prefix), Prefix=prefix, Delimiter="/"), 1), prefix)

    def list_shard(
        self,
        shard: Shard,
        *,
        after: datetime | None,
        limit: int | None = None,
        resume: str | None = None,
        prefix: str = "",
    ) -> Listing:
        """List a shard's objects stamped in the minute of `after` or later. Raises SourceUnavailable.

        At about `limit` objects it stops, and gives a `next_key` to hand in as `resume`. `prefix` narrows it down.
        """
        begin = resume or (start_after(shard, after) if after else "")
        listed_at, next_key = None, None
        objects: list[LogObject] = []
        skips = Skips(named=self._named)
        query = {"Prefix": prefix or f"{shard.path}/", **({"StartAfter": begin} if begin else {})}
        for page in self._pages(self.locate(query["Prefix"]), **query):
            listed_at = listed_at or self._server_time(page)
            entries = [_entry(found) for found in page.get("Contents", ())]
            objects += sort_out(entries, shard, url_base=self.locate(""), skips=skips)
            if limit is not None and len(objects) >= limit and page.get("IsTruncated"):
                next_key = entries[-1].key
                break
        return Listing(
            shard=shard,
            listed_at=listed_at or self._clock(),
            objects=objects,
            skipped=dict(skips.counts),
            first_skipped=skips.first,
            next_key=next_key,
        )

    def _pages(self, where: str, **query: Any) -> Iterator[Mapping[str, Any]]:
        """The pages of a listing; faults are told about `where`, the URL that a person would know."""
        with self._connection.asking(LIST, where) as client:
            yield from client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, **query)

    def _server_time(self, page: Mapping[str, Any]) -> datetime:
        """The server's clock; ours where it does not say, since the poll takes the earlier of both."""
        told = page["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        try:
            return parsedate_to_datetime(told).astimezone(UTC)
        except ValueError:
            return self._clock()

    def get(self, obj: LogObject) -> bytes:
        """Read an object whole, again when its body breaks off.

        Raises SourceUnavailable, ObjectGone, ObjectTooLarge, ObjectUnreadable.
        """
        quick = self._connection.quick if obj.size <= _SMALL else None
        data = quick.get(obj.key, max_bytes=min(self._max_bytes, _SMALL)) if quick else None
        return self.get_described(obj)[0] if data is None else data

    def get_described(self, obj: LogObject) -> tuple[bytes, Mapping[str, str]]:
        """The same, with the metadata that was stored with it, in which a digest has its signature."""
        for _ in range(BODY_TRIES - 1):
            try:
                return self._read(obj)
            except SourceUnavailable as fault:
                if fault.reason is not EnvironmentReason.BROKEN_BODY:
                    raise
        return self._read(obj)

    def probe(self, obj: LogObject) -> None:
        """Read one byte, which needs every permission that reading needs. Raises as `get` does."""
        self._read(obj, **({"Range": "bytes=0-0"} if obj.size else {}))

    def _read(self, obj: LogObject, **options: Any) -> tuple[bytes, Mapping[str, str]]:
        answer = self._ask_for(obj, options)
        length, body = answer.get("ContentLength"), answer["Body"]
        with closing(body), translated_body(obj.url):
            # Read in one go only once the length is known to be bearable, and never beyond the cap.
            data: bytes | None = body.read(self._max_bytes + 1) if (length or 0) <= self._max_bytes else None
            if data is None or len(data) > self._max_bytes:
                raise ObjectTooLarge(f"{obj.url}: over {self._max_bytes} bytes; see max_object_bytes")
            if body.read(1) or length not in (None, len(data)):  # this read is what checks length and checksum
                raise OSError(f"{len(data)} bytes of {length} arrived")
        if not options and (quick := self._connection.quick):
            quick.learn(obj.key)
        return data, answer.get("Metadata", {})

    def _ask_for(self, obj: LogObject, options: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            with self._connection.asking(GET, obj.url) as client:
                return client.get_object(Bucket=self._bucket, Key=obj.key, **options)
        except SourceUnavailable as fault:
            if fault.reason is EnvironmentReason.ACCESS_DENIED and self._has_left(obj.key):
                raise ObjectGone(f"{obj.url}: no longer there") from fault
            raise

    def _has_left(self, key: str) -> bool:
        """Whether an object is certainly not there: a policy with conditions on listing makes S3 say 403 for 404."""
        one = {"MaxItems": 1, "PageSize": 1}
        try:
            return all(
                found["Key"] != key
                for page in self._pages(self.locate(key), Prefix=key, PaginationConfig=one)
                for found in page.get("Contents", ())
            )
        except SourceUnavailable:
            return False


def _as_folder(pages: Iterable[Mapping[str, Any]], prefix: str) -> Folder:
    names: list[str] = []
    files = 0
    for page in pages:
        names += [found["Prefix"][len(prefix) : -1] for found in page.get("CommonPrefixes", ())]
        files += sum(found["Key"] != prefix for found in page.get("Contents", ()))
    return Folder(names=tuple(names), skipped=((SkipReason.NOT_A_LOG, files),) if files else ())


def _entry(found: Mapping[str, Any]) -> Entry:
    return Entry(
        key=found["Key"],
        size=found["Size"],
        etag=found.get("ETag", "").strip('"'),
        last_modified=found["LastModified"].astimezone(UTC),
    )
