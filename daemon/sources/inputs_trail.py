"""Walks a trail that a Source knows how to list, in the order of the URLs and one shard's listing in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from daemon.errors import SourceUnavailable
from daemon.model import Shard
from daemon.ports import Source
from daemon.sources.inputs import Found, NotRead, PassedOver, Readable
from daemon.sources.inputs_window import EARLY, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailWalk:
    """A trail, and what of it is wanted: keys that begin with `key_prefix`, files that `window` does not rule out."""

    source: Source
    url: str
    key_prefix: str
    window: Window

    def __iter__(self) -> Iterator[Found]:
        try:
            shards = [shard for shard in self.source.discover().shards if self._overlaps(shard)]
        except SourceUnavailable as fault:
            yield NotRead(url=self.url, reason=str(fault))
            return
        if not shards:
            yield NotRead(url=self.url, reason="no trail is laid out there: [prefix/]AWSLogs/<account>/CloudTrail/…")
        for shard in sorted(shards, key=lambda shard: f"{shard.path}/"):
            yield from self._shard(shard)

    def _overlaps(self, shard: Shard) -> bool:
        return f"{shard.path}/".startswith(self.key_prefix) or self.key_prefix.startswith(f"{shard.path}/")

    def _shard(self, shard: Shard) -> Iterator[Found]:
        since = self.window.since
        url = f"s3://{shard.bucket}/{shard.path}/"
        try:
            listing = self.source.list_shard(shard, after=since - EARLY if since else None)
        except SourceUnavailable as fault:
            yield NotRead(url=url, reason=str(fault))
            return
        for reason, count in sorted(listing.skipped.items()):
            yield PassedOver(url=url, reason=f"{count} keys: {reason}")
        for obj in sorted(listing.objects, key=lambda obj: obj.url):
            if obj.key.startswith(self.key_prefix) and self.window.may_hold(obj.stamped_at):
                yield Readable(url=obj.url, object=obj, is_claimed=True, read=partial(self.source.get, obj))
