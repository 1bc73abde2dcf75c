"""States that are backed up, lost and restored as docs/state.md says, one for each database."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from daemon.record.backup import back_up
from daemon.record.restore import restore
from tests.doubles import postgres
from tests.doubles.daemons import NOON


class Kept(Protocol):
    """A state that may be lost. `url` is where it is now."""

    @property
    def url(self) -> str: ...

    def back_up(self) -> None:
        """Make a backup, whether a daemon runs or not."""

    def lose(self) -> None:
        """Nothing is left of the state but its backup."""

    def restore(self) -> None:
        """Put the backup in place; no daemon runs."""


@dataclass(slots=True, kw_only=True)
class KeptInFile:
    """SQLite's file."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self._file}"

    @property
    def _file(self) -> Path:
        return self.folder / "state" / "trailwarden.db"

    def back_up(self) -> None:
        back_up(self._file, self.folder / "backup.db")

    def lose(self) -> None:
        for path in self._file.parent.iterdir():
            path.unlink()

    def restore(self) -> None:
        restore(self.folder / "backup.db", self._file, now=NOON)


@dataclass(slots=True, kw_only=True)
class KeptInPostgres:
    """A database of a server, dumped and restored by PostgreSQL's own programs."""

    folder: Path
    stack: ExitStack
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = self.stack.enter_context(postgres.database())

    def back_up(self) -> None:
        _run("pg_dump", "--format=custom", f"--file={self._dump}", f"--dbname={_plain(self.url)}")

    def lose(self) -> None:
        self.url = self.stack.enter_context(postgres.database(is_empty=True))

    def restore(self) -> None:
        restore = ("--exit-on-error", "--no-owner", "--no-privileges", "--single-transaction")
        _run("pg_restore", *restore, f"--dbname={_plain(self.url)}", self._dump)

    @property
    def _dump(self) -> str:
        return str(self.folder / "backup.dump")


@contextmanager
def kept_in(database: str, folder: Path) -> Iterator[Kept]:
    """An empty place for a state, in `sqlite` or `postgresql`."""
    with ExitStack() as stack:
        yield KeptInFile(folder=folder) if database == "sqlite" else KeptInPostgres(folder=folder, stack=stack)


def _plain(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql"))


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run([postgres.program(name), *arguments], env={**os.environ}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
