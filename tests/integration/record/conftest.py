"""The store under test, by URL: the contract suite runs against every backend named here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.record.store import Store, open_store
from tests.doubles.state_values import NOON


@pytest.fixture(params=["sqlite"])
def state_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty place for the state."""
    assert request.param == "sqlite"
    return f"sqlite:///{tmp_path}/state/trailwarden.db"


@pytest.fixture
def store(state_url: str) -> Iterator[Store]:
    """A new store."""
    with open_store(state_url, now=NOON) as opened:
        yield opened
