"""A folder on disk as a bucket would show it: sorted items under a prefix, their facts, their bytes.

Links are followed as long as they end inside the folder. Only regular files are opened, and never waited for.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path

from daemon.sources.entries import Entry
from daemon.trail.keys import SkipReason

_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class Kind(Enum):
    """What an item is; OUTSIDE is a link that does not end in the folder."""

    FOLDER = auto()
    FILE = auto()
    OUTSIDE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing in a folder. A folder's name ends with a slash, so that names sort as keys do."""

    name: str
    kind: Kind


class Tree:
    """The folder `root`. Everything in it is named by its key: the path below, with slashes."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.abspath(root)

    def require(self, key: str = "") -> None:
        """Raises FileNotFoundError or NotADirectoryError when the folder, or one in it, is not there."""
        path = self._path(key)
        if not stat.S_ISDIR(os.stat(path).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "no folder", path)

    def items(self, prefix: str) -> list[Item]:
        """What lies directly under a prefix, in the order of keys; nothing when there is no such folder."""
        try:
            with os.scandir(os.path.join(self._root, prefix)) as found:
                items = [self._item(entry) for entry in found]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(items, key=lambda item: item.name)

    def _item(self, entry: os.DirEntry[str]) -> Item:
        if entry.is_symlink() and not self._holds(entry.path):
            return Item(name=entry.name, kind=Kind.OUTSIDE)
        if entry.is_dir():
            return Item(name=f"{entry.name}/", kind=Kind.FOLDER)
        return Item(name=entry.name, kind=Kind.FILE)

    def _holds(self, path: str) -> bool:
        """Whether a path ends inside the folder: not outside, and neither nowhere nor in a circle."""
        root = os.path.realpath(self._root)
        try:
            return os.path.commonpath([root, os.path.realpath(path, strict=True)]) == root
        except OSError as exc:
            if exc.errno in (errno.ENOENT, errno.ELOOP):
                return False
            raise

    def entry(self, key: str, kind: Kind) -> Entry | None:
        """The facts of one item; None when it has just gone."""
        try:
            facts = os.lstat(self._path(key)) if kind is Kind.OUTSIDE else os.stat(self._path(key))
        except FileNotFoundError:
            return None
        return Entry(
            key=key,
            size=facts.st_size,
            etag=f"{facts.st_mtime_ns:x}-{facts.st_size:x}",
            last_modified=moment(facts.st_mtime),
            skip=_why_not(kind, facts.st_mode),
        )

    def read(self, key: str, max_bytes: int) -> bytes:
        """A file's first `max_bytes`. Raises OSError; FileNotFoundError also for what is no file of this folder."""
        path = self._path(key)
        with open(_open(path), "rb") as file:
            if not (_is_opened_as(path, file.fileno()) or self._holds(path)):
                raise FileNotFoundError(errno.ENOENT, "leads out of the folder", path)
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileNotFoundError(errno.ENOENT, "no regular file", path)
            return file.read(max_bytes)

    def _path(self, key: str) -> str:
        return os.path.join(self._root, key)


def moment(seconds: float) -> datetime:
    """A time of writing; one that is in no calendar counts as later than all others, which makes every sweep look."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return _LATEST


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        if exc.errno in (errno.ELOOP, errno.ENXIO):  # a link in a circle, a socket: never a file again by itself
            raise FileNotFoundError(errno.ENOENT, "no regular file", path) from exc
        raise


def _is_opened_as(path: str, descriptor: int) -> bool:
    """Whether the system knows the open file by this very path: then no link was on the way, at a tenth of the cost."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}") == path
    except OSError:
        return False


def _why_not(kind: Kind, mode: int) -> SkipReason | None:
    if kind is Kind.OUTSIDE:
        return SkipReason.LINK_OUTSIDE
    return None if stat.S_ISREG(mode) else SkipReason.NOT_A_LOG
