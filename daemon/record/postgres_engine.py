"""PostgreSQL behind the store: an engine on a URL, its time-outs, what its faults mean. All that is its own is here.

The password is asked for at each new connection, so that it may change while the daemon runs, and is shown nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from daemon.errors import StoreError
from daemon.record.engine import Database

SCHEMES = ("postgresql://", "postgresql+psycopg://")
_DRIVER = "postgresql+psycopg"
_FORM = "write postgresql+psycopg://user:password@host/database"
# A server or a network that is gone must be noticed, and one that hangs must not hold us: seconds, or milliseconds.
_CONNECTING = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "trailwarden",
}
_STATEMENT_S = 60
_IDLE_S = 60  # a process that stands still in a transaction must not hold its locks for ever
_AWAY = "the server is away or refuses; nothing is lost, and it is tried again"
HINTS = (  # what PostgreSQL says, and what a person can do about it
    ("password authentication failed", "correct the user or password in state.url or state.password"),
    ("no password supplied", "give the password in state.url or state.password"),
    ("pg_hba.conf", "the server does not let this user in from here; change that there, or use sslmode=require"),
    ("does not exist", "create it, or name another in state.url"),
    ("permission denied", "this user needs CREATE on the schema, and its tables to be its own"),
    ("read-only transaction", "it is open for reading alone; as a daemon's state name the primary, not a standby"),
    ("too many clients", "raise max_connections: each replica takes up to 16"),
    ("remaining connection slots", "raise max_connections: each replica takes up to 16"),
    ("No space left", "the server's disk is full; free some space, nothing is lost"),
    ("lock timeout", "another connection has held it for too long"),
    ("statement timeout", f"it took longer than {_STATEMENT_S} s; is the server overloaded?"),
    *((words, "no such server; correct the host in state.url") for words in ("resolve host", "translate host name")),
    *((words, _AWAY) for words in ("refused", "timeout", "timed out", "closed", "terminat", "lost", "starting up")),
    *((words, _AWAY) for words in ("shutting down", "SSL SYSCALL", "Network is unreachable", "connection failed")),
)


def is_postgres(url: str) -> bool:
    """Whether a state URL means PostgreSQL."""
    return url.startswith("postgresql")


def open_database(
    url: str,
    *,
    password: Callable[[], str] | None,
    is_daemon: bool,
    is_looking: bool,
    lock_timeout_s: float,
    lease: timedelta,
) -> Database:
    """A database at this URL; connects to nothing yet. Raises StoreError for a URL, or without the driver."""
    parsed = _parse(url)
    engine = _make_engine(parsed, lambda: (password() if password else "") or parsed.password or "")
    if is_looking:
        engine.update_execution_options(postgresql_readonly=True)
    settings = {
        "statement_timeout": f"{_STATEMENT_S}s",
        "lock_timeout": f"{int(lock_timeout_s * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{_IDLE_S}s",
    }

    @event.listens_for(engine, "connect")
    def _set(connection: Any, _record: object) -> None:
        statement = "; ".join(f"SET {name} = '{value}'" for name, value in settings.items())
        connection.execute(statement)
        connection.commit()

    holder = secrets.token_hex(8) if is_daemon else None
    return Database(engine, name=_name(parsed), hints=HINTS, holder=holder, lease=lease)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(f"state.url: cannot be read; {_FORM}") from None  # the cause would show the password
    if not url.startswith(SCHEMES) or not parsed.database:
        raise StoreError(f"state.url: is no PostgreSQL database; {_FORM}")
    return parsed


def _make_engine(url: URL, password: Callable[[], str]) -> Engine:
    given = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    try:
        engine = create_engine(
            url.set(drivername=_DRIVER)._replace(password=None),
            connect_args=given,
            pool_size=8,
            max_overflow=8,
            pool_timeout=30,
            pool_pre_ping=True,  # a connection that the server has dropped meanwhile is replaced, not used
            pool_use_lifo=True,
            pool_recycle=1800,
            hide_parameters=True,
        )
    except ModuleNotFoundError as exc:
        fix = "install trailwarden[postgres], or use sqlite:///data/trailwarden.db"
        raise StoreError(f"state.url: the driver for PostgreSQL ({exc.name}) is missing; {fix}") from None

    @event.listens_for(engine, "do_connect")
    def _authenticate(_dialect: object, _record: object, _args: object, options: dict[str, Any]) -> None:
        if secret := password():
            options["password"] = secret

    return engine


def _name(url: URL) -> str:
    """The database without user, password and options."""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or ''}{port}/{url.database}"
