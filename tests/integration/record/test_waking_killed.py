"""`kill -9` at each statement of what falls back and is escalated: nobody is told twice, and nobody is forgotten."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from daemon.record.store import open_store
from tests.doubles.waking_writers import LATER, wake


@pytest.mark.no_cover  # slow enough without it
def test_a_kill_at_any_statement_tells_nobody_twice_and_forgets_nobody(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.doubles.waking_writers", str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    steps = int(told.stdout)
    assert steps > 20
    for step in range(1, steps + 1):
        with open_store(f"sqlite:///{tmp_path}/{step:03d}.db", now=LATER) as store:
            wake(store)
            owed = store.list_deliveries(limit=None)
        opens = Counter(each.destination for each in owed if each.kind.value == "open")
        assert opens == {"security": 23, "pager": 23, "oncall": 23}
        assert all(each.instead_of == "security" for each in owed if each.destination == "pager")
        assert all(each.unanswered_s == 1800 for each in owed if each.destination == "oncall")
