"""`state backup|restore`: the whole state as a file; each function prints and gives the exit code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from daemon.commands.tables import print_line
from daemon.commands.terminating import terminating
from daemon.config import StateConfig
from daemon.errors import StoreError
from daemon.record.backup import back_up
from daemon.record.postgres_engine import is_postgres
from daemon.record.restore import restore
from daemon.record.store import sqlite_path


def back_up_state(state: StateConfig, target: Path) -> int:
    """Write a copy, also beside a running daemon. Raises StoreError, and then has written nothing."""
    with terminating():
        done = back_up(_file_of(state, instead="pg_dump --format=custom"), target)
    print_line(f"{done.path}: {done.size_bytes:,} bytes, checked and whole")
    return 0


def restore_state(state: StateConfig, backup: Path, *, now: datetime) -> int:
    """Put a copy in the place of the state. Raises StoreError, StoreLocked while a daemon runs."""
    path = _file_of(state, instead="pg_restore")
    with terminating():
        done = restore(backup, path, now=now)
    print_line(f"{path}: {done.size_bytes:,} bytes, checked and whole; start the daemon")
    if done.aside:
        print_line(f"{done.aside}: what was there before; remove it when all is well")
    return 0


def _file_of(state: StateConfig, *, instead: str) -> Path:
    if is_postgres(state.url):
        raise StoreError(f"state.url: is PostgreSQL, which has tools of its own: `{instead}`; docs/state.md shows how")
    return sqlite_path(state.url)
