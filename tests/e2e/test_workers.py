"""The program with several processes: none outlives it, signals are for it alone; and what kills it is set aside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.doubles.daemons import NOON, Place, event, make_place
from tests.doubles.evaluators import KILLED
from tests.e2e.harness import Program, environment, listed, running, wait_until

CONFIG = """
sources: [{url: "file:bucket", poll_every: 1s}]
rules: {paths: [rules]}
state: {url: "sqlite:///state.db"}
destinations: [{name: terminal, type: console}]
http: {listen: "127.0.0.1:0"}
log: {format: json}
workers: WORKERS
"""
STARTED = "a process that evaluates was started"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.put(event(1))
    return place


def configure(place: Place, workers: int) -> Path:
    config = place.folder / "config.yaml"
    config.write_text(CONFIG.replace("WORKERS", str(workers)))
    return config


def pids_of(program: Program) -> list[int]:
    """The processes, once there are two of them and they have done something."""
    wait_until(lambda: program.metric("objects_total", outcome="done") >= 1, "a file to be done")
    return wait_until(
        lambda: (
            pids if len(pids := [line["pid"] for line in program.log_lines() if line["event"] == STARTED]) == 2 else []
        ),
        "two processes",
    )


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_no_process_outlives_a_daemon_that_is_killed(place: Place) -> None:
    with running(configure(place, 2)) as program:
        pids = pids_of(program)
        assert all(map(is_alive, pids))
        program.kill()
        wait_until(lambda: not any(map(is_alive, pids)), "the processes to end")


def test_signals_are_heeded_by_the_daemon_alone_and_it_ends_in_order(place: Place) -> None:
    with running(configure(place, 2)) as program:
        pids = pids_of(program)
        assert {os.getpgid(pid) for pid in pids} == set(pids)  # none is in a group that a terminal signals
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGINT)
        place.put(event(2), stamp=datetime.now(UTC))
        wait_until(lambda: program.metric("objects_total", outcome="done") >= 2, "the next file to be done")
        assert all(map(is_alive, pids))
        assert program.metric("worker_restarts_total") == 0
        assert program.terminate() == 0
        assert not any(map(is_alive, pids))


def test_one_worker_starts_no_process(place: Place) -> None:
    with running(configure(place, 1)) as program:
        wait_until(lambda: program.metric("objects_total", outcome="done") >= 1, "a file to be done")
        assert STARTED not in [line["event"] for line in program.log_lines()]


@pytest.mark.parametrize(("workers", "times"), [(1, 5), (2, 3)])
def test_a_file_that_kills_again_and_again_is_set_aside_after_some_times(
    place: Place, workers: int, times: int
) -> None:
    config = configure(place, workers)
    place.put(event(2), unique="KILLSAAAAAAAAAAA", stamp=NOON - timedelta(minutes=5))
    codes: list[int] = []
    while not codes or codes[-1] == -signal.SIGKILL:
        command = [sys.executable, "-m", "tests.e2e.deadly", str(config)]
        done = subprocess.run(
            command, cwd=place.folder, env=environment(), capture_output=True, timeout=120, check=False
        )
        codes.append(done.returncode)
        assert len(codes) < 8, done.stderr
    assert codes == ([-signal.SIGKILL] * times + [1] if workers == 1 else [1])
    kills = len((place.folder / "bucket" / KILLED).read_text())
    assert kills in (times, times + (workers > 1))  # the first time it may not have been alone in its process
    rows = listed(config, "objects", "list", "--state", "done", "--state", "quarantined")
    assert sorted((row["state"], row["reason"]) for row in rows) == [("done", None), ("quarantined", "crashed")]
