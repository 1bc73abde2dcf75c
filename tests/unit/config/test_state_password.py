"""The password of a state in PostgreSQL: wherever it is given, it is parted from the URL and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.config import Config, StateConfig, load_config
from daemon.errors import ConfigError

MINIMAL = "sources: [{url: file:trail}]\n"


def loaded(folder: Path, state: str, **environment: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(f"{MINIMAL}state: {state}\n")
    return load_config(path, environment)


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql+psycopg://alice:hunter2@db/x", "postgresql+psycopg://alice@db/x", "hunter2"),
        (
            "postgresql://alice:hunter2@db:5433/x?sslmode=require",
            "postgresql://alice@db:5433/x?sslmode=require",
            "hunter2",
        ),
        ("postgresql://alice:p%40ss%2Fw@db/x", "postgresql://alice@db/x", "p@ss/w"),
        ("postgresql://alice:a:b@c/d?e#f@db/x", "postgresql://alice@db/x", "a:b@c/d?e#f"),
        ("postgresql://alice@db/x", "postgresql://alice@db/x", ""),
        ("postgresql:///x?host=/run/postgresql", "postgresql:///x?host=/run/postgresql", ""),
    ],
    ids=["plain", "options", "escaped", "odd letters", "none", "socket"],
)
def test_a_password_in_the_url_is_parted_from_it(url: str, bare: str, password: str) -> None:
    state = StateConfig.model_validate({"url": url})
    assert (state.url, state.reveal_password()) == (bare, password)


def test_neither_the_whole_nor_a_part_shows_it(tmp_path: Path) -> None:
    config = loaded(tmp_path, "{url: '${STATE_URL}'}", STATE_URL="postgresql+psycopg://alice:hunter2@db/x")
    assert config.state.reveal_password() == "hunter2"
    assert "hunter2" not in f"{config!r} {config} {config.state!r} {config.model_dump()}"


def test_a_fault_beside_it_does_not_show_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, "{url: 'postgresql+psycopg://alice:hunter2@db', kep_alerts: 1d}")
    assert "state.url" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_one_from_a_file_follows_that_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("first\n")
    state = "{url: 'postgresql+psycopg://alice@db/x', password: '${STATE_PASSWORD}'}"
    config = loaded(tmp_path, state, STATE_PASSWORD_FILE=str(secret))
    assert config.state.reveal_password() == "first"
    secret.write_text("second\n")
    assert config.state.reveal_password() == "second"


def test_one_that_is_given_by_itself_goes_before_that_of_the_url() -> None:
    state = StateConfig.model_validate({"url": "postgresql://alice:old@db/x", "password": "new"})
    assert state.reveal_password() == "new"
