"""An alert that goes on, through the whole daemon: from log files to what the channel shows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import load_config
from daemon.service.compose import compose
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from daemon.service.makers import Makers
from tests.doubles.cycles import told
from tests.doubles.daemons import Place, event
from tests.doubles.rule_text import rule_text
from tests.doubles.slack import TOKEN, SlackServer

CONFIG = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations:
  - {{name: security, type: slack, token: "{token}", channel: "C0SECURITY", api_url: "{url}", details: none}}
"""
ESCALATE = "trailwarden: {escalate: {count: 3, to: critical}}"


def bring(place: Place, daemon: Daemon, *numbers: int, after: timedelta, **changes: object) -> None:
    """Time goes by, a log file comes, and what is due is sent."""
    place.clock.now += after
    place.put(*(event(number, **changes) for number in numbers), unique=f"FILE{numbers[0]:012}")
    assert run_cycle(daemon) == 0


@pytest.fixture
def rising(place: Place) -> Place:
    place.write_rule(rule_text(more=ESCALATE, level="high"))
    return place


def test_growth_is_an_update_a_reply_and_a_broadcast(rising: Place, tmp_path: Path) -> None:
    with SlackServer() as slack:
        path = tmp_path / "config.yaml"
        path.write_text(CONFIG.format(token=TOKEN, url=slack.api_url))
        makers = Makers(clock=rising.clock, jitter=lambda: 0.0)
        with compose(load_config(path, {}), makers=makers) as daemon:
            bring(rising, daemon, 1, after=timedelta(0))
            bring(rising, daemon, 2, after=timedelta(minutes=1), sourceIPAddress="198.51.100.9")
            assert (len(slack.opens()), len(slack.changes), len(slack.replies())) == (1, 1, 1)
            assert slack.broadcasts() == []
            bring(rising, daemon, 3, after=timedelta(minutes=1))
        (opening,) = slack.opens()
        (broadcast,) = slack.broadcasts()
        assert broadcast.text.startswith("CRITICAL: ")
        assert broadcast.thread_ts == opening.ts
        assert "3 events" in str(slack.shown(opening.ts))
        assert str(slack.shown(opening.ts)["text"]).startswith("CRITICAL: ")


def test_a_second_run_goes_on_where_the_first_was(rising: Place, tmp_path: Path) -> None:
    with SlackServer() as slack:
        path = tmp_path / "config.yaml"
        path.write_text(CONFIG.format(token=TOKEN, url=slack.api_url))
        for number in (1, 2):
            makers = Makers(clock=rising.clock, jitter=lambda: 0.0)
            with compose(load_config(path, {}), makers=makers) as daemon:
                bring(rising, daemon, number, after=timedelta(seconds=10))
        assert slack.changes == []  # it is owed, and left for a later run
        rising.clock.now += timedelta(minutes=1)
        with compose(load_config(path, {}), makers=Makers(clock=rising.clock, jitter=lambda: 0.0)) as daemon:
            assert run_cycle(daemon) == 0
        assert len(slack.changes) == 1


def test_the_terminal_tells_growth_in_a_line(rising: Place) -> None:
    with rising.daemon() as daemon:
        bring(rising, daemon, 1, after=timedelta(0))
        told(rising)
        bring(rising, daemon, 2, after=timedelta(minutes=1), awsRegion="eu-west-1")
    shown = told(rising)
    assert "2 in all" in shown
    assert "new region: eu-west-1" in shown
    assert len(shown.strip().splitlines()) == 2
