"""A copy of a state in SQLite, made while a daemon works on it: one moment of it, in one file, checked.

The paths of the state and of the copy enter. Copying the file by other means may miss what still lies in its log.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
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


def back_up(state: Path, target: Path) -> BackUp:
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
            raise StoreError(f"{state}: there is no state in it; name the right file in state.url")
        return _copy(database, target)
    except OSError as exc:
        raise StoreError(f"{target}: {exc.strerror}; name a file in a folder that this user may write to") from exc
    finally:
        database.close()


def _copy(database: Database, target: Path) -> BackUp:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")  # mode 0600
    part = Path(name)
    try:
        _write(database, part, target)
        os.fsync(descriptor)
        _give_name(part, target)
        return BackUp(path=target, size_bytes=os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)
        part.unlink(missing_ok=True)


def _write(database: Database, part: Path, target: Path) -> None:
    try:
        with closing(database.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            _refuse_lack_of_room(cursor, target)
            cursor.execute("PRAGMA query_only=OFF")  # to SQLite the copy is written by this connection too
            cursor.execute("VACUUM INTO ?", (str(part),))  # reads one moment, and holds no writer up
        with closing(sqlite3.connect(part)) as copy:
            (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as exc:
        raise StoreError(describe(exc, name=f"{database.name} into {target}", hints=HINTS)) from exc
    if found != "ok":
        raise StoreError(f"{target}: not written, the copy is damaged ({found}); is the disk sound?")


def _refuse_lack_of_room(cursor: object, target: Path) -> None:
    """Before the disk is full: the daemon may have its state on the same one."""
    assert isinstance(cursor, sqlite3.Cursor)
    page, pages, free = (cursor.execute(f"PRAGMA {of}").fetchone()[0] for of in _SIZES)
    needed, there = page * (pages - free), shutil.disk_usage(target.parent).free
    if needed > there:
        raise StoreError(f"{target}: needs {needed:,} bytes, and {there:,} are free there; name a file on another disk")


_SIZES = ("page_size", "page_count", "freelist_count")


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
        _flush_folder(target.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise StoreError(f"{target}: is there already; name a new file, nothing is overwritten")
