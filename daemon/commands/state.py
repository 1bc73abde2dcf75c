"""`state backup`: a copy of the whole state beside a daemon that runs; prints and gives the exit code."""

from __future__ import annotations

from pathlib import Path

from daemon.commands.tables import print_line
from daemon.config import StateConfig
from daemon.errors import StoreError
from daemon.record.backup import back_up
from daemon.record.postgres_engine import is_postgres
from daemon.record.store import sqlite_path


def back_up_state(state: StateConfig, target: Path) -> int:
    """Write the copy and say how large it is. Raises StoreError, and then has written nothing."""
    if is_postgres(state.url):
        raise StoreError("state.url: is PostgreSQL, which has its own: `pg_dump --format=custom`; see docs/state.md")
    done = back_up(sqlite_path(state.url), target)
    print_line(f"{done.path}: {done.size_bytes:,} bytes, checked and whole")
    return 0
