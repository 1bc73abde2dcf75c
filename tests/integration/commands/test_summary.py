"""`alerts summary`: what a digest would tell now, for people and for programs, without sending anything."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.commands.summary import since_when, summarise
from daemon.config import load_config
from daemon.record.store import Access, open_store
from tests.doubles.daemons import NOON
from tests.doubles.state_values import match, plan, result
from tests.e2e.harness import trailwarden

CONFIG = """
sources: [{url: "file:bucket"}]
state: {url: "sqlite:///state.db"}
destinations: [{name: terminal, type: console}]
accounts: {"111122223333": prod}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "bucket").mkdir()
    with open_store(f"sqlite:///{tmp_path}/state.db", now=NOON) as store:
        done = replace(result(match("one")), is_of_now=True)
        store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=NOON)
    return tmp_path


@pytest.mark.parametrize(("hours", "headline"), [(23, "1 alert since"), (25, "Nothing happened since")])
def test_it_tells_the_time_that_was_asked_for(
    folder: Path, hours: int, headline: str, capsys: pytest.CaptureFixture[str]
) -> None:
    now, config = NOON + timedelta(hours=hours), load_config(folder / "config.yaml", {})
    with open_store(config.state.url, now=now, access=Access.READ) as store:
        since = since_when("24h", now=now)
        assert summarise(store, config, since=since, now=now, as_json=False) == 0
        text = capsys.readouterr().out
        assert summarise(store, config, since=since, now=now, as_json=True) == 0
        told = json.loads(capsys.readouterr().out)
        assert store.list_alerts(now=now, with_notices=True)[0].is_notice is False
    assert text.startswith(headline)
    assert told["headline"].startswith(headline)
    assert [part["heading"] for part in told["parts"]][-2:] == ["Sources", "Destinations"]


def test_the_command_looks_back_a_day_and_refuses_what_is_no_time(folder: Path) -> None:
    done = trailwarden("alerts", "summary", "--since", "2026-01-01", cwd=folder)
    assert (done.returncode, done.stdout.splitlines()[0][:38]) == (0, "1 alert since 2026-01-01 00:00 UTC: 1 ")
    wrong = trailwarden("alerts", "summary", "--since", "yesterday", cwd=folder)
    assert (wrong.returncode, "is no time" in wrong.stderr) == (2, True)


def test_what_is_still_to_come_is_no_beginning() -> None:
    assert since_when("-2h", now=NOON) == NOON - timedelta(hours=2)
    with pytest.raises(ValueError, match="still to come"):
        since_when("2030-01-01", now=NOON)
    with pytest.raises(ValueError, match="is no time"):
        since_when("99999w", now=NOON)
