"""Walks a folder of CloudTrail files as people have it lying about: a trail's own layout, or anything at all.

A path in, what lies there out, in the order of the URLs and with one folder's listing in memory at a time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import LogObject
from daemon.sources.inputs.found import Found, NotRead, PassedOver, Promise, Readable
from daemon.sources.inputs.names import is_packed, parse_path, promise_of
from daemon.sources.inputs.window import Window
from daemon.trail.keys import LOGS, LogKey


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWalk:
    """One file or folder, and which of its files are wanted; files over `max_bytes` are not read."""

    path: Path
    window: Window
    max_bytes: int

    def __iter__(self) -> Iterator[Found]:
        root = str(self.path.resolve())
        if os.path.isdir(root):
            yield from self._folder(root, above=())
        else:
            yield self._readable(root, named=parse_path(root), promise=Promise.EVENTS)

    def _folder(self, folder: str, *, above: tuple[tuple[int, int], ...]) -> Iterator[Found]:
        try:
            status = os.stat(folder)
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=_in_url_order)
        except OSError as fault:
            yield NotRead(url=_url(folder), reason=_why(fault))
            return
        here = (status.st_dev, status.st_ino)
        if here in above:
            yield PassedOver(url=_url(folder), reason="a link to a folder it lies in")
            return
        for entry in entries:
            if entry.name.startswith("."):
                yield PassedOver(url=_url(entry.path), reason="its name begins with a dot")
            elif entry.is_dir():
                yield from self._folder(entry.path, above=(*above, here))
            else:
                yield from self._file(entry)

    def _file(self, entry: os.DirEntry[str]) -> Iterator[Found]:
        named = parse_path(entry.path)
        if named is not None:
            if named.kind != LOGS:
                yield PassedOver(url=_url(entry.path), reason=f"holds {named.kind}, not {LOGS}")
            elif self.window.may_hold(named.stamped_at):
                yield self._readable(entry.path, named=named, promise=Promise.EVENTS)
            return
        promise = promise_of(entry.name)
        if promise is not None:
            yield self._readable(entry.path, named=None, promise=promise)
        elif is_packed(entry.name):
            yield NotRead(url=_url(entry.path), reason="packed in a way that is not read: unpack it, or use gzip")
        else:
            yield PassedOver(url=_url(entry.path), reason="not named like a log")

    def _readable(self, path: str, *, named: LogKey | None, promise: Promise) -> Found:
        try:
            status = os.stat(path)
        except OSError as fault:
            return NotRead(url=_url(path), reason=_why(fault))
        if not stat.S_ISREG(status.st_mode) and promise is not Promise.EVENTS:
            return PassedOver(url=_url(path), reason="no regular file")
        obj = _log_object(path, status, named)
        return Readable(url=obj.url, object=obj, promise=promise, read=partial(_read, path, max_bytes=self.max_bytes))


def _in_url_order(entry: os.DirEntry[str]) -> str:
    return f"{entry.name}/" if entry.is_dir() else entry.name


def _url(path: str) -> str:
    """The path as a URL that can be printed, also where a name is no UTF-8."""
    return "file:" + (path if path.isascii() else path.encode("utf-8", "backslashreplace").decode())


def _log_object(path: str, status: os.stat_result, named: LogKey | None) -> LogObject:
    modified_at = datetime.fromtimestamp(status.st_mtime, UTC)
    url = _url(path)
    folder, _, name = url.rpartition("/")
    return LogObject(
        bucket=folder,
        key=name,
        account=named.account if named else "",
        region=named.region if named else "",
        org_id=named.org_id if named else None,
        kind=named.kind if named else LOGS,
        stamped_at=named.stamped_at if named else modified_at,
        unique=named.unique if named else "",
        size=status.st_size,
        etag="",
        last_modified=modified_at,
        url=url,
    )


def _read(path: str, *, max_bytes: int) -> bytes:
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size > max_bytes:
                raise ObjectTooLarge(f"{path} is over {max_bytes} bytes")
            return file.read()
    except FileNotFoundError as fault:
        raise ObjectGone(f"{path} is gone") from fault
    except OSError as fault:
        raise SourceUnavailable(_why(fault), reason=EnvironmentReason.ACCESS_DENIED) from fault


def _why(fault: OSError) -> str:
    return fault.strerror or str(fault)
