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
from typing import BinaryIO

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import LogObject
from daemon.sources.inputs.folders import paths_below, url_of, why
from daemon.sources.inputs.found import Found, NotRead, PassedOver, Promise, Readable
from daemon.sources.inputs.heads import HEAD_BYTES, may_be_log
from daemon.sources.inputs.names import NO_LOGS, PACKED, ending_in, parse_path, promise_of
from daemon.sources.inputs.window import Window
from daemon.trail.keys import LOGS, LogKey

_PIECE = 2**16


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWalk:
    """One file or folder, and which of its files are wanted; files over `max_bytes` are not read."""

    path: Path
    window: Window
    max_bytes: int

    def __iter__(self) -> Iterator[Found]:
        root = _without_links(self.path)
        if not os.path.isdir(root):
            yield self._readable(root, named=parse_path(root), promise=Promise.EVENTS)
            return
        is_empty = True
        for item in paths_below(root):
            found = self._file(item) if isinstance(item, str) else item
            is_empty &= isinstance(found, PassedOver)
            if found is not None:
                yield found
        if is_empty:
            yield NotRead(url=url_of(root), reason="nothing in it could be a log")

    def _file(self, path: str) -> Found | None:
        """What a file of a folder is; None for a log of another time."""
        named = parse_path(path)
        if named is None:
            return self._file_of_any_name(path)
        if named.kind != LOGS:
            return PassedOver(url=url_of(path), reason=f"holds {named.kind}, not {LOGS}")
        if not self.window.may_hold(named.stamped_at):
            return None
        return self._readable(path, named=named, promise=Promise.EVENTS)

    def _file_of_any_name(self, path: str) -> Found:
        name = os.path.basename(path)
        if ending_in(name, PACKED):
            return NotRead(url=url_of(path), reason="packed in a way that is not read: unpack it, or use gzip")
        if ending := ending_in(name, NO_LOGS):
            return PassedOver(url=url_of(path), reason=f"named .{ending}, which is no log")
        found = self._readable(path, named=None, promise=promise_of(name))
        if not isinstance(found, Readable) or found.promise is not Promise.PERHAPS:
            return found
        return _by_its_head(found, path)

    def _readable(self, path: str, *, named: LogKey | None, promise: Promise) -> Found:
        try:
            status = os.stat(path)
        except OSError as fault:
            return NotRead(url=url_of(path), reason=why(fault))
        if not stat.S_ISREG(status.st_mode) and promise is not Promise.EVENTS:
            return PassedOver(url=url_of(path), reason="no regular file")
        obj = _log_object(path, status, named)
        return Readable(url=obj.url, object=obj, promise=promise, read=partial(_read, path, max_bytes=self.max_bytes))


def _by_its_head(file: Readable, path: str) -> Found:
    """The file, if it begins like a log: nobody wants to wait for the whole of a disk image."""
    try:
        with open(path, "rb") as opened:
            head = opened.read(HEAD_BYTES)
    except OSError as fault:
        return NotRead(url=file.url, reason=why(fault))
    if may_be_log(head):
        return file
    return PassedOver(url=file.url, reason="begins neither like JSON nor like gzip" if head else "empty")


def _without_links(path: Path) -> str:
    """So that inputs which overlap have the same URLs. A pipe (`<(zcat …)`) has no path but its link."""
    real = os.path.realpath(path)
    return real if os.path.exists(real) else os.path.abspath(path)


def _log_object(path: str, status: os.stat_result, named: LogKey | None) -> LogObject:
    modified_at = datetime.fromtimestamp(status.st_mtime, UTC)
    url = url_of(path)
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
            status = os.fstat(file.fileno())
            if status.st_size > max_bytes:
                raise _too_large(path, max_bytes)
            return file.read() if stat.S_ISREG(status.st_mode) else _read_stream(file, path, max_bytes)
    except FileNotFoundError as fault:
        raise ObjectGone(f"{url_of(path)}: no longer there") from fault
    except OSError as fault:
        raise SourceUnavailable(f"{url_of(path)}: {why(fault)}", reason=EnvironmentReason.ACCESS_DENIED) from fault


def _read_stream(file: BinaryIO, path: str, max_bytes: int) -> bytes:
    """A pipe or device, which tells its size only by ending."""
    data = bytearray()
    while piece := file.read(_PIECE):
        data += piece
        if len(data) > max_bytes:
            raise _too_large(path, max_bytes)
    return bytes(data)


def _too_large(path: str, max_bytes: int) -> ObjectTooLarge:
    return ObjectTooLarge(f"{url_of(path)}: over {max_bytes} bytes")
