"""The store under test, by URL: the contract suite runs against every database named here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.record.store import Store, open_store
from tests.doubles import postgres
from tests.doubles.state_values import NOON


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty place for the state."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/state/trailwarden.db"
    else:
        with postgres.database() as url:
            yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty place for a state in a file, for what only files have."""
    return f"sqlite:///{tmp_path}/state/trailwarden.db"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty database, for what only several daemons can do."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """A new store in a file."""
    with open_store(sqlite_url, now=NOON) as opened:
        yield opened


@pytest.fixture
def store(state_url: str) -> Iterator[Store]:
    """A new store."""
    with open_store(state_url, now=NOON) as opened:
        yield opened
