"""The demonstration of `config.example.yaml`, whatever day it is shown on: its trail is of 2026, the clock is not."""

from __future__ import annotations

import io
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.config import load_config
from daemon.model import Alert
from daemon.service.adapters import make_notifier
from daemon.service.compose import compose
from daemon.service.life import run_cycle
from daemon.service.makers import Makers
from tests.doubles.clock import MovableClock
from tests.e2e.harness import REPOSITORY

THAT_DAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
ALERTS = 8


def show(folder: Path, clock: MovableClock) -> tuple[list[Alert], str]:
    """One cycle on the state that lies there: the alerts that it holds then, and what was printed meanwhile."""
    terminal = io.StringIO()
    makers = Makers(clock=clock, notifier=lambda each: make_notifier(each, stdout=terminal))
    with compose(load_config(folder / "config.example.yaml", {}), makers=makers) as daemon:
        assert run_cycle(daemon) == 0
        return daemon.shared.store.list_alerts(now=clock()), terminal.getvalue()


def essence(alerts: list[Alert]) -> list[tuple[object, ...]]:
    """What an alert says, apart from when it was recorded and so whether it is late."""
    return sorted((a.title, a.level, a.group, a.count, a.first_at, a.last_at) for a in alerts)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copy(REPOSITORY / "config.example.yaml", tmp_path)
    shutil.copytree(REPOSITORY / "examples" / "bucket", tmp_path / "examples" / "bucket")
    return tmp_path


@pytest.mark.parametrize("year", [2020, 2033, 2060])
def test_the_demonstration_tells_the_same_in_any_year_and_nothing_twice(clone: Path, year: int) -> None:
    clock = MovableClock(datetime(year, 7, 14, 9, 30, tzinfo=UTC))
    alerts, printed = show(clone, clock)
    clock.advance(timedelta(days=1))
    again, printed_again = show(clone, clock)
    shutil.rmtree(clone / "data")
    expected, _ = show(clone, MovableClock(THAT_DAY))

    assert len(expected) == ALERTS
    assert essence(alerts) == essence(expected) == essence(again)
    assert [alert.title for alert in alerts if alert.title not in printed] == []
    assert printed.count("  log file  ") == ALERTS
    assert printed_again == ""
