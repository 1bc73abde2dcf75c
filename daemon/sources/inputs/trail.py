"""Walks a trail that a Source knows how to list, in the order of the URLs with one page of a listing in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from daemon.errors import SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.ports import Listing, Passed, Source
from daemon.sources.build import split_key
from daemon.sources.inputs.found import Found, NotRead, PassedOver, Promise, Readable, refused
from daemon.sources.inputs.window import Window
from daemon.sources.inputs.words import counted
from daemon.trail.keys import start_after


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailWalk:
    """A trail, and what of it is wanted: keys that begin with `key_prefix`, files that `window` does not rule out.

    That nothing at all lies under `url` is a fault: who writes a URL means something.
    """

    source: Source
    url: str
    key_prefix: str
    window: Window
    page: int = 5_000  # objects of a listing in memory at a time

    def __iter__(self) -> Iterator[Found]:
        try:
            discovery = self.source.discover()
        except SourceUnavailable as fault:
            yield refused(self.url, fault)
            return
        faults = discovery.faults if any(map(self._overlaps, discovery.hidden)) else ()
        for denied in faults:  # an account that may not be looked into costs the others nothing
            yield refused(self.url, denied)
        yield from self._passed_over(discovery.passed)
        shards = sorted(filter(self._overlaps, discovery.shards), key=lambda shard: f"{shard.path}/")
        if not shards and not faults:
            yield NotRead(url=self.url, reason="no trail is laid out there: [prefix/]AWSLogs/<account>/CloudTrail/…")
        elif shards:
            yield from self._files(shards, is_empty=not faults)

    def _files(self, shards: Sequence[Shard], *, is_empty: bool) -> Iterator[Found]:
        for shard in shards:
            for found in self._listed(shard):
                is_empty &= isinstance(found, PassedOver)
                if not isinstance(found, LogObject):
                    yield found
                elif self.window.may_hold(found.stamped_at):
                    get = partial(self.source.get, found)
                    yield Readable(url=found.url, object=found, promise=Promise.EVENTS, read=get)
        if is_empty:
            yield from self._unless_quiet(shards)

    def _unless_quiet(self, shards: Sequence[Shard]) -> Iterator[NotRead]:
        """That there is nothing; but where there are log files from before the window, it is only quiet."""
        try:
            is_quiet = self.window.stamped_from is not None and any(
                self._list(shard, resume="", limit=1).objects for shard in shards
            )
        except SourceUnavailable as fault:
            yield refused(self.url, fault)
            return
        if not is_quiet:
            yield NotRead(url=self.url, reason="no log file lies there; check the URL")

    def _listed(self, shard: Shard) -> Iterator[LogObject | NotRead | PassedOver]:
        """A shard's log files that are wanted but for their time, as far as the window lets a listing begin later."""
        since = self.window.stamped_from
        resume: str | None = start_after(shard, since) if since else ""
        while resume is not None:
            try:
                listing = self._list(shard, resume=resume, limit=self.page)
            except SourceUnavailable as fault:
                yield refused(self._locate(f"{shard.path}/"), fault)
                return
            for reason, key in sorted(listing.first_skipped.items()):
                yield self._passed(key, reason, more=listing.skipped[reason] - 1, thing="key")
            yield from sorted(listing.objects, key=lambda obj: obj.url)
            resume = listing.next_key

    def _list(self, shard: Shard, *, resume: str, limit: int) -> Listing:
        is_narrower = self.key_prefix.startswith(f"{shard.path}/")
        prefix = self.key_prefix if is_narrower else ""
        return self.source.list_shard(shard, after=None, limit=limit, resume=resume or None, prefix=prefix)

    def _overlaps(self, shard: Shard) -> bool:
        return self._concerns(f"{shard.path}/")

    def _concerns(self, folder: str) -> bool:
        """Whether a folder holds what is wanted, or lies in it."""
        return folder.startswith(self.key_prefix) or self.key_prefix.startswith(folder)

    def _passed_over(self, passed: Sequence[Passed]) -> Iterator[PassedOver]:
        """What of it was not entered: of folders the first for each reason, files by their folder."""
        others: dict[str, list[Passed]] = {}
        for each in passed:
            if each.files and each.path.startswith(self.key_prefix):
                yield PassedOver(url=self._locate(each.path), reason=f"{counted(each.files, 'file')}: {each.reason}")
            elif not each.files and self._concerns(each.path):
                others.setdefault(each.reason, []).append(each)
        for reason, (first, *more) in sorted(others.items()):
            yield self._passed(first.path, reason, more=len(more), thing="folder")

    def _passed(self, path: str, reason: str, *, more: int, thing: str) -> PassedOver:
        others = f", and {counted(more, f'more {thing}')}" if more else ""
        return PassedOver(url=self._locate(path), reason=f"{reason}{others}")

    def _locate(self, key: str) -> str:
        return f"s3://{split_key(self.url)[0]}/{key}"
