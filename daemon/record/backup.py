"""A copy of a state in SQLite, made while a daemon works on it: one moment of it, in one file, checked.

The paths of the state and of the copy enter. Copying the file by other means may miss what still lies in its log.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from daemon.errors import StoreError
from daemon.record.engine import Database, describe
from daemon.record.migrate import is_made
from daemon.record.place import refuse_folder
from daemon.record.sqlite_engine import HINTS, LOOKING, sqlite_engine

_BUSY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp:
    """A copy that is whole; how large it is."""

    path: Path
    size_bytes: int


def free_bytes(folder: Path) -> int:
    """How much room a disk has."""
    return shutil.disk_usage(folder).free


def back_up(state: Path, target: Path, *, room: Callable[[Path], int] = free_bytes) -> BackUp:
    """Copy the state to a new file that only its owner may read; the daemon goes on meanwhile.

    The state may be of an older version. Raises StoreError, and then leaves nothing at `target`.
    """
    refuse_folder(state)
    if not state.exists():
        raise StoreError(f"{state}: there is no state yet; start the daemon first, or name the right file in state.url")
    _refuse_existing(target)
    database = Database(sqlite_engine(state, busy_timeout_s=_BUSY_S, pragmas=LOOKING), name=str(state), hints=HINTS)
    try:
        if not is_made(database):
            raise StoreError(f"{state}: there is no state in it; name another file")
        return _copy(database, target, room)
    except OSError as exc:
        raise StoreError(f"{target}: {exc.strerror}; name a file in a folder that this user may write to") from exc
    finally:
        database.close()


def _copy(database: Database, target: Path, room: Callable[[Path], int]) -> BackUp:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")  # mode 0600
    part = Path(name)
    try:
        with _translated(f"{database.name} into {target}"):
            _write(database, part, room(target.parent))
            found = _fault(part)
        if found:
            raise StoreError(f"{target}: not written, the copy is damaged ({found}); is the disk sound?")
        os.fsync(descriptor)
        _give_name(part, target)
        return BackUp(path=target, size_bytes=os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
        part.unlink(missing_ok=True)


def _write(database: Database, part: Path, room_bytes: int) -> None:
    with closing(database.engine.raw_connection()) as connection:
        page, pages, free = (connection.execute(f"PRAGMA {of}").fetchone()[0] for of in _SIZES)
        needed = page * (pages - free)
        if needed > room_bytes:  # before the disk is full: the daemon may have its state on the same one
            raise StoreError(f"{part.parent}: {needed:,} bytes are needed, {room_bytes:,} are free; name another disk")
        connection.execute("PRAGMA query_only=OFF")  # to SQLite the copy is written by this connection too
        connection.execute("VACUUM INTO ?", (str(part),))  # reads one moment, and holds no writer up


_SIZES = ("page_size", "page_count", "freelist_count")


def _fault(copy: Path) -> str:
    """The first fault of a copy, empty when it is whole."""
    with closing(sqlite3.connect(copy)) as connection:
        found = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return "" if found == "ok" else found


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreError(describe(exc, name=name, hints=HINTS)) from exc


def _give_name(part: Path, target: Path) -> None:
    """In one step, and never in the place of another file; file systems without links leave a moment for that."""
    try:
        os.link(part, target)
    except FileExistsError:
        _refuse_existing(target)
        raise
    except OSError:
        _refuse_existing(target)
        part.rename(target)
    with suppress(OSError):  # not every file system knows this of a folder
        flush_folder(target.parent)


def flush_folder(folder: Path) -> None:
    """Have the names in it written down. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise StoreError(f"{target}: is there already; name a new file, nothing is overwritten")
