"""SQLite behind the store: an engine on one file, its pragmas, what its faults mean. All that is SQLite's own is here.

A path enters, an engine leaves; `place` has what concerns the file, `dialect` the statements.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

DURABLE = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "journal_size_limit": "67108864",
    # What counts for correlations goes to pages all over the file: many are held (KiB), and many are gathered in the
    # log (64 MB of it) before they are put in their places.
    "cache_size": "-32768",
    "wal_autocheckpoint": "16000",
}
LOOKING = {"query_only": "ON"}
SCRATCH = {"journal_mode": "OFF", "synchronous": "OFF", "foreign_keys": "ON", "locking_mode": "NORMAL"}
HINTS = (  # what SQLite says, and what a person can do about it
    ("is locked", "another process has been writing to it for too long"),
    ("is full", "the disk is full; free some space, nothing is lost"),
    ("readonly", "it cannot be written; give this user write permission to the file and its folder"),
    ("unable to open", "it cannot be opened; give this user permission to the file and its folder"),
    ("not a database", "the file is something else; name another one in state.url"),
    ("malformed", "the file is damaged; restore it from a backup, or move it away to begin anew"),
    ("disk I/O error", "the disk cannot be read or written; is it full or gone?"),
)


def sqlite_engine(path: Path, *, busy_timeout_s: float, pragmas: dict[str, str]) -> Engine:
    """An engine on a SQLite file; each connection gets `pragmas`. Opens nothing yet."""

    def connect() -> sqlite3.Connection:
        # Asked, not tried: closing a descriptor of the file would drop the locks of every connection in this process.
        mode = "ro" if pragmas.get("query_only") == "ON" and not os.access(path, os.W_OK) else "rw"
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=busy_timeout_s,
            isolation_level=None,  # the driver opens no transaction behind our back
            check_same_thread=False,  # the pool hands a connection to one thread at a time
        )

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=8,
        pool_use_lifo=True,  # each holds pages of its own, and the one used last holds those of now
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A deferred transaction that turns writer half-way fails or overwrites what it read: take the lock first.
        is_writer = connection.get_execution_options().get("is_writer", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")

    return engine
