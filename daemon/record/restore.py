"""A backup of a state in SQLite put in the place of the state; what was there is kept beside it.

By hand this goes wrong easily: a write-ahead log that a killed daemon left behind would be applied to the backup.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from daemon.errors import StoreError
from daemon.record.backup import back_up, flush_folder
from daemon.record.place import InstanceLock, make_folder, refuse_folder, refuse_network_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """How large the state is now; `aside` is what was there before, None where nothing was."""

    size_bytes: int
    aside: Path | None


def restore(backup: Path, state: Path, *, now: datetime) -> Restored:
    """Copy a backup, check the copy, and make it the state. Raises StoreError, StoreLocked while a daemon runs.

    Until the copy is whole the old state stays where it is.
    """
    refuse_folder(state)
    refuse_network_files(state)
    if not backup.is_file():
        raise StoreError(f"{backup}: there is no such file; name one that `trailwarden state backup` has written")
    if state.exists() and backup.samefile(state):
        raise StoreError(f"{backup}: is the state itself; name a backup")
    make_folder(state)
    lock = InstanceLock(state)
    try:
        _give_to_owner(lock.path, of=state)
        return _put_in_place(backup, state, now=now)
    finally:
        lock.release()


def _put_in_place(backup: Path, state: Path, *, now: datetime) -> Restored:
    part = state.with_name(f".{state.name}.{secrets.token_hex(4)}.restored")
    try:
        size_bytes = back_up(backup, part).size_bytes
        _give_to_owner(part, of=state)
        aside = _set_aside(state, now=now)
        part.replace(state)
        with suppress(OSError):
            flush_folder(state.parent)
    except OSError as exc:
        fix = "give this user write permission to its folder, and begin again"
        raise StoreError(f"{state}: cannot be put in place: {exc.strerror}; {fix}") from exc
    finally:
        part.unlink(missing_ok=True)
    return Restored(size_bytes=size_bytes, aside=aside)


def _give_to_owner(path: Path, *, of: Path) -> None:
    """What root makes is for the daemon's user to write: whoever has the old state, or else its folder."""
    if os.geteuid() == 0:
        owner = (of if of.exists() else of.parent).stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)  # the folder may be the daemon's to write


def _set_aside(state: Path, *, now: datetime) -> Path | None:
    """Give the old state another name. Until the new one takes its place it keeps its own too, and is whole.

    Its log is folded into it before that is set aside: at no moment may the one stand without the other.
    """
    aside = state.with_name(f"{state.name}.{now:%Y%m%dT%H%M%SZ}")
    if os.path.lexists(aside):
        raise StoreError(f"{aside}: is there already; wait a second, and begin again")
    if not state.exists():
        return None
    with suppress(sqlite3.Error), closing(sqlite3.connect(state)) as connection:  # a damaged one is kept as it is
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm", "-journal"):
        part = state.with_name(state.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    try:
        os.link(state, aside)
    except OSError:  # no links here: a moment without a state
        state.rename(aside)
    return aside
