"""Two daemons on one PostgreSQL and one queue under `kill -9`; `make soak-replicas` does it for two minutes."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.e2e.replicas import Plan, soak

PLAN = Plan(seconds=12, kill_every_s=(0.8, 2.0), poll_every="5s", seed=4)


def test_two_daemons_that_are_killed_again_and_again_miss_nothing_and_tell_each_alert_once(tmp_path: Path) -> None:
    figures = soak(tmp_path, PLAN)
    sys.stdout.write(f"{figures}\n")
    assert figures.faults() == [], str(figures)
    assert sum(figures.kills) >= 2
    assert min(figures.by_queue + figures.again, figures.inline, figures.untold) > 0
