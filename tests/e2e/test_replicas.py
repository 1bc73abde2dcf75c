"""Two daemons on one PostgreSQL under `kill -9`; `make soak-replicas` does it for two minutes."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from tests.e2e.replicas import soak


def test_two_daemons_that_are_killed_again_and_again_miss_nothing_and_tell_each_alert_once(tmp_path: Path) -> None:
    figures = soak(tmp_path, seconds=12, chance=random.Random(4), kill_every_s=(1.5, 3.0))
    sys.stdout.write(f"{figures}\n")
    assert figures.faults() == [], str(figures)
    assert figures.kills >= 2
