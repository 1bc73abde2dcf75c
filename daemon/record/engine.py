"""The database behind the store: a pool of connections, one way to read, one way to write, errors translated.

A URL enters, a `Database` leaves. Everything that is SQLite's alone stands here and in `dialect`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from daemon.errors import StoreError

_HINTS = (  # what SQLite says, and what a person can do about it
    ("is locked", "another process has been writing to it for too long"),
    ("is full", "the disk is full; free some space, nothing is lost"),
    ("readonly", "it cannot be written; give this user write permission to the file and its folder"),
    ("unable to open", "it cannot be opened; give this user permission to the file and its folder"),
    ("not a database", "the file is something else; name another one in state.url"),
    ("malformed", "the file is damaged; restore it from a backup, or move it away to begin anew"),
    ("disk I/O error", "the disk cannot be read or written; is it full or gone?"),
)


class Database:
    """A pool of connections. Writers take turns, so that none starves while another is busy."""

    def __init__(self, engine: Engine, *, name: str) -> None:
        self.engine = engine
        self.name = name
        self._turn = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the state, however long it is read. Raises StoreError."""
        with self._translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed whole at the end, or nothing of it when anything is raised. Raises StoreError."""
        with self._translated(), self._turn, self.engine.execution_options(is_writer=True).begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log back into the file."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as exc:
            raise StoreError(describe(exc, name=self.name)) from exc


def describe(exc: BaseException, *, name: str) -> str:
    """What went wrong with the state store and what to do about it, without the statement and its values."""
    fault = str(getattr(exc, "orig", None) or exc).splitlines()[0]
    hint = next((hint for words, hint in _HINTS if words in fault), None)
    return f"{name}: {fault}" + (f": {hint}" if hint else "")


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
