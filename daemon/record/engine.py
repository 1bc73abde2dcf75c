"""The database behind the store: a pool of connections, one way to read, one way to write, errors translated.

What is particular to one database stands in `sqlite_engine`, `postgres_engine` and `dialect`.
"""

from __future__ import annotations

import functools
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from daemon.errors import StoreError

_P = ParamSpec("_P")
_T = TypeVar("_T")
Hints = Sequence[tuple[str, str]]
LEASE = timedelta(seconds=40)  # with the waits of loops, what a dead daemon held is taken over within a minute
_TRIES = 5
_BROKEN_OFF = {"40001", "40P01"}  # serialization failure, deadlock: the database asks for the same once more


class BrokenOff(StoreError):
    """The database undid this transaction for the sake of another: done again, it may well succeed."""


class Database:
    """A pool of connections. `holder` names this daemon among several on one database; None: it is alone.

    What it holds and claims there is its own for so long as a `lease` lasts, if that is not renewed.
    Alone, writers take turns, so that none starves while another is busy.
    """

    def __init__(
        self, engine: Engine, *, name: str, hints: Hints = (), holder: str | None = None, lease: timedelta = LEASE
    ) -> None:
        self.engine = engine
        self.name = name
        self.holder = holder
        self.lease = lease
        self.hints = hints
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._turn = threading.Lock()
        view = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._readers = engine if self._is_sqlite else engine.execution_options(**view)
        self._writers = engine.execution_options(is_writer=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the state, however long it is read. Raises StoreError."""
        with self._translated(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed whole at the end, or nothing of it when anything is raised. Raises StoreError."""
        with self._translated():
            if self._is_sqlite:
                with self._turn, self._writers.begin() as connection:
                    yield connection
            else:
                with self._writers.begin() as connection:
                    yield connection

    def close(self) -> None:
        """Close every connection; the last one folds SQLite's write-ahead log back into the file."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as exc:
            is_broken_off = getattr(getattr(exc, "orig", None), "sqlstate", None) in _BROKEN_OFF
            kind = BrokenOff if is_broken_off else StoreError
            raise kind(describe(exc, name=self.name, hints=self.hints)) from exc


def repeated(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """A method that is one transaction, and is called again when the database broke that off for another's sake."""

    @functools.wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        for attempt in range(1, _TRIES):
            try:
                return method(*args, **kwargs)
            except BrokenOff:
                time.sleep(0.02 * attempt)  # whoever was let through first is done by then
        return method(*args, **kwargs)

    return call


def describe(exc: BaseException, *, name: str, hints: Hints) -> str:
    """What went wrong with the state store and what to do about it, without the statement and its values."""
    fault = str(getattr(exc, "orig", None) or exc).strip().splitlines()[0]
    hint = next((hint for words, hint in hints if words in fault), None)
    return f"{name}: {fault}" + (f": {hint}" if hint else "")
