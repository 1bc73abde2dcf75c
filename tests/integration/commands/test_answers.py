"""The command-line twins of the buttons: beside a daemon that runs, and as often as one likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.model import Alert, Level
from daemon.record.store import Store, open_store
from daemon.service.clock import utc_now
from tests.doubles import postgres
from tests.doubles.state_values import match, plan, result, rule
from tests.e2e.harness import trailwarden

CONFIG = """
sources: [{url: "file:bucket"}]
state: {url: "STATE"}
destinations:
  - {name: security, type: slack, token: "${SLACK_BOT_TOKEN:-}", channel: C0SECURITY, audit_channel: C0AUDIT}
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/state.db"
    else:
        with postgres.database() as url:
            yield url


@contextmanager
def a_daemon(tmp_path: Path, url: str, level: Level = Level.HIGH) -> Iterator[tuple[Store, Alert]]:
    """A state that a daemon holds, with one alert, and the configuration beside it."""
    shown = url.replace("postgresql://", "postgresql+psycopg://")
    (tmp_path / "config.yaml").write_text(CONFIG.replace("STATE", shown))
    (tmp_path / "bucket").mkdir()
    with open_store(url, now=utc_now()) as store:
        done = replace(result(match(of=rule(level=level))), is_of_now=True)
        recorded = store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=utc_now())
        yield store, recorded.opened[0]


def alerts(tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    done = trailwarden("alerts", *arguments, cwd=tmp_path)
    return done.returncode, done.stdout, done.stderr


def test_an_alert_is_acknowledged_muted_and_judged_beside_a_running_daemon(tmp_path: Path, state_url: str) -> None:
    with a_daemon(tmp_path, state_url) as (store, alert):
        assert alerts(tmp_path, "ack", alert.id, "--by", "alice")[0] == 0
        code, again, _ = alerts(tmp_path, "ack", alert.id, "--by", "bob")
        assert (code, "It was acknowledged already by alice" in again) == (0, True)
        assert alerts(tmp_path, "verdict", "not-expected", alert.id, "--by", "alice")[0] == 0
        code, said, _ = alerts(tmp_path, "mute", alert.id, "--for", "8h", "--reason", "a job", "--by", "alice")
        assert (code, "for arn:aws:iam::111122223333:user/alice in account 111122223333" in said) == (0, True)
        done = replace(result(match("second")), is_of_now=True)
        recorded = store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=utc_now())
        assert recorded.suppressed == {"muted": 1}
        (mute,) = json.loads(alerts(tmp_path, "mutes", "--format", "json")[1])
        assert (mute["state"], mute["muted"], mute["reason"]) == ("in_force", 1, "a job")
        (muted,) = json.loads(alerts(tmp_path, "list", "--muted", "--format", "json")[1])
        assert muted["mode"] == "muted"
        assert alerts(tmp_path, "unmute", "1", "--by", "bob")[0] == 0
        assert alerts(tmp_path, "unmute", "1", "--by", "bob")[0] == 0
        assert json.loads(alerts(tmp_path, "mutes", "--format", "json")[1]) == []
        assert {each.kind.value for each in store.list_deliveries()} == {"open", "details", "update", "answer", "audit"}
        shown = alerts(tmp_path, "show", alert.id)[1]
        assert "by alice" in shown
        assert "not expected, by alice" in shown


def test_a_mute_for_everybody_is_confirmed_by_somebody_else(tmp_path: Path) -> None:
    with a_daemon(tmp_path, f"sqlite:///{tmp_path}/state.db") as (_, alert):
        asked = ("mute", alert.id, "--for", "1d", "--reason", "migration", "--scope", "all")
        assert "waits for a second person" in alerts(tmp_path, *asked, "--by", "alice")[1]
        code, _, error = alerts(tmp_path, "confirm", "1", "--by", "alice")
        assert (code, "second person" in error) == (1, True)
        assert alerts(tmp_path, "confirm", "1", "--by", "bob")[0] == 0


def test_a_critical_alert_is_muted_only_when_that_is_said(tmp_path: Path) -> None:
    with a_daemon(tmp_path, f"sqlite:///{tmp_path}/state.db", Level.CRITICAL) as (_, alert):
        asked = ("mute", alert.id, "--for", "1h", "--reason", "drill")
        code, _, error = alerts(tmp_path, *asked)
        assert (code, "--critical" in error) == (1, True)
        assert alerts(tmp_path, *asked, "--critical")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("ack", "nothing"), 1, "no alert of that id"),
        (("unmute", "7"), 1, "No such alert or mute"),
        (("mute", "x", "--for", "31d", "--reason", "why"), 2, "from 1 hour to 30 days"),
        (("mute", "x", "--for", "soon", "--reason", "why"), 2, "a number and a unit"),
        (("mute", "x", "--for", "1h", "--reason", " "), 2, "needs a reason"),
        (("mute", "x", "--for", "1h", "--reason", "x" * 301), 2, "too long"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    with a_daemon(tmp_path, f"sqlite:///{tmp_path}/state.db"):
        got, _, error = alerts(tmp_path, *arguments)
        assert (got, says in " ".join(error.replace("│", " ").split())) == (code, True)
