"""A trail in a folder laid out like a bucket, behind the same port and with the same order of keys.

What lies in the folder is looked at in `tree.py`; this is the Source that speaks of it as S3 would.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.ports import Clock, Discovery, Listing
from daemon.sources.entries import Entry, Skips, sort_out
from daemon.sources.tree import Kind, Tree
from daemon.sources.walk import Folder, Walk
from daemon.trail.keys import Scope, SkipReason, shard_path, start_after

_DATE_LEVELS = 3  # YYYY/MM/DD: below that nothing is a log, and no link can lead in circles


class FolderSource:
    """Source over a folder. `listed_at` is the clock handed in, LastModified the time a file was written."""

    def __init__(self, *, path: Path, name: str, scope: Scope, clock: Clock, max_bytes: int) -> None:
        self._tree = Tree(path)
        self._name = name
        self._scope = scope
        self._clock = clock
        self._max_bytes = max_bytes
        self._named: set[str] = set()

    @property
    def name(self) -> str:
        """`file:` and the folder's path."""
        return self._name

    def discover(self) -> Discovery:
        """Find the shards. Raises SourceUnavailable."""
        with self._translated():
            self._tree.require()
        return Walk(bucket=self._name, prefix="", scope=self._scope, look=self.look).discover()

    def look(self, prefix: str, *, start: str = "") -> Folder:
        """What lies directly in a folder; nothing when it is not there. Raises SourceUnavailable."""
        with self._translated():
            items = [item for item in self._tree.items(prefix) if item.name.startswith(start)]
        skipped = Counter(
            SkipReason.LINK_OUTSIDE if item.kind is Kind.OUTSIDE else SkipReason.NOT_A_LOG
            for item in items
            if item.kind is not Kind.FOLDER
        )
        names = tuple(item.name.removesuffix("/") for item in items if item.kind is Kind.FOLDER)
        return Folder(names=names, skipped=tuple(skipped.items()))

    def glance(self, prefix: str) -> Folder:
        """The same: a folder on disk costs no request."""
        return self.look(prefix)

    def locate(self, key: str) -> str:
        """The URL of a key or prefix."""
        return f"{self._name}/{key}"

    def list_shard(
        self,
        shard: Shard,
        *,
        after: datetime | None,
        limit: int | None = None,
        resume: str | None = None,
        prefix: str = "",
    ) -> Listing:
        """List a shard's objects stamped in the minute of `after` or later. Raises SourceUnavailable."""
        begin = resume or (start_after(shard, after) if after else "")
        listed_at = self._clock()
        skips = Skips(named=self._named)
        with self._translated():
            self._tree.require()
            found = self._entries(f"{shard.path}/", begin=begin, levels=_DATE_LEVELS)
            entries = list(islice((entry for entry in found if entry.key.startswith(prefix)), limit))
        return Listing(
            shard=shard,
            listed_at=listed_at,
            objects=sort_out(entries, shard, url_base=self.locate(""), skips=skips),
            skipped=dict(skips.counts),
            first_skipped=skips.first,
            next_key=entries[-1].key if entries and len(entries) == limit else None,
        )

    def _entries(self, prefix: str, *, begin: str, levels: int) -> Iterator[Entry]:
        """The files under a prefix whose keys sort after `begin`, in order; folders wholly before it are not read."""
        for item in self._tree.items(prefix):
            key = f"{prefix}{item.name}"
            if item.kind is Kind.FOLDER and levels:
                if key > begin or begin.startswith(key):
                    yield from self._entries(key, begin=begin, levels=levels - 1)
            elif key > begin and (entry := self._tree.entry(key, item.kind)):
                yield entry

    def probe(self, obj: LogObject) -> None:
        """Read one byte. Raises as `get` does."""
        self._read(obj, 1)

    def get(self, obj: LogObject) -> bytes:
        """Read a file whole. Raises SourceUnavailable, ObjectGone, ObjectTooLarge."""
        data = self._read(obj, self._max_bytes + 1)
        if len(data) > self._max_bytes:
            raise ObjectTooLarge(f"{obj.url}: over {self._max_bytes} bytes; see max_object_bytes")
        return data

    def get_described(self, obj: LogObject) -> tuple[bytes, Mapping[str, str]]:
        """The same, with no metadata: a file on disk has none, which is why the signature of a digest is lost there."""
        return self.get(obj), {}

    def _read(self, obj: LogObject, max_bytes: int) -> bytes:
        with self._translated():
            self._tree.require()
            try:
                return self._tree.read(obj.key, max_bytes)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as exc:
                self._tree.require(shard_path(obj.key))  # an empty mount point is no proof that a file was deleted
                raise ObjectGone(f"{obj.url}: no longer there") from exc

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            where = os.fsdecode(exc.filename) if isinstance(exc.filename, str | bytes) else self._name
            raise SourceUnavailable(f"{where}: {_advice(exc)}", reason=_reason(exc)) from exc


def _reason(exc: OSError) -> EnvironmentReason:
    if isinstance(exc, PermissionError):
        return EnvironmentReason.ACCESS_DENIED
    if isinstance(exc, FileNotFoundError | NotADirectoryError):
        return EnvironmentReason.NO_BUCKET
    return EnvironmentReason.UNREACHABLE


def _advice(exc: OSError) -> str:
    return {
        EnvironmentReason.ACCESS_DENIED: "may not be read; give the daemon's user that right",
        EnvironmentReason.NO_BUCKET: "there is no such folder; check the URL, and whether a disk is not mounted",
    }.get(_reason(exc), f"cannot be read ({exc.strerror})")
