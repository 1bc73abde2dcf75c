"""Walks a trail that a Source knows how to list, in the order of the URLs with one page of a listing in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from daemon.errors import SourceUnavailable
from daemon.model import Shard
from daemon.ports import Listing, Source
from daemon.sources.inputs.found import Found, NotRead, PassedOver, Promise, Readable
from daemon.sources.inputs.window import Window
from daemon.trail.keys import start_after


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailWalk:
    """A trail, and what of it is wanted: keys that begin with `key_prefix`, files that `window` does not rule out."""

    source: Source
    url: str
    key_prefix: str
    window: Window
    page: int = 5_000  # objects of a listing in memory at a time

    def __iter__(self) -> Iterator[Found]:
        try:
            discovery = self.source.discover()
        except SourceUnavailable as fault:
            yield NotRead(url=self.url, reason=str(fault))
            return
        faults = discovery.faults if any(map(self._overlaps, discovery.hidden)) else ()
        for denied in faults:  # an account that may not be looked into costs the others nothing
            yield NotRead(url=self.url, reason=str(denied))
        for reason, count in sorted(discovery.skipped.items()):
            yield PassedOver(url=self.url, reason=f"{count} folders: {reason}")
        shards = [shard for shard in discovery.shards if self._overlaps(shard)]
        if not shards and not faults:
            yield NotRead(url=self.url, reason="no trail is laid out there: [prefix/]AWSLogs/<account>/CloudTrail/…")
        for shard in sorted(shards, key=lambda shard: f"{shard.path}/"):
            yield from self._shard(shard)

    def _overlaps(self, shard: Shard) -> bool:
        return f"{shard.path}/".startswith(self.key_prefix) or self.key_prefix.startswith(f"{shard.path}/")

    def _shard(self, shard: Shard) -> Iterator[Found]:
        resume: str | None = self._begin(shard)
        while resume is not None:
            try:
                listing = self.source.list_shard(shard, after=None, limit=self.page, resume=resume or None)
            except SourceUnavailable as fault:
                yield NotRead(url=_url(shard), reason=str(fault))
                return
            yield from _skipped(listing)
            for obj in sorted(listing.objects, key=lambda obj: obj.url):
                if obj.key.startswith(self.key_prefix) and self.window.may_hold(obj.stamped_at):
                    get = partial(self.source.get, obj)
                    yield Readable(url=obj.url, object=obj, promise=Promise.EVENTS, read=get)
            resume = None if self._is_past(listing.next_key) else listing.next_key

    def _begin(self, shard: Shard) -> str:
        """The key to list from: the window's beginning, or just before the wanted prefix; empty for all."""
        since = self.window.stamped_from
        first = start_after(shard, since) if since else ""
        return max(first, self.key_prefix[:-1] if len(self.key_prefix) > len(shard.path) else "")

    def _is_past(self, key: str | None) -> bool:
        return key is not None and key > self.key_prefix and not key.startswith(self.key_prefix)


def _skipped(listing: Listing) -> Iterator[Found]:
    for reason, count in sorted(listing.skipped.items()):
        yield PassedOver(url=_url(listing.shard), reason=f"{count} keys: {reason}")


def _url(shard: Shard) -> str:
    return f"s3://{shard.bucket}/{shard.path}/"
