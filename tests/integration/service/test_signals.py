"""A process that is told to end: at once where it can, and in time also where something hangs."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import environment, running, wait_until

HANGING = """
    import threading, time
    from daemon.service.signals import stopped_by_signals
    with stopped_by_signals(code_if_held_up=5, within_s=WITHIN) as stopping:
        print("up", flush=True)
        stopping.wait()
        print("stopping", flush=True)
        WORK
    print("over", flush=True)
"""


def start(*, within: float, work: str) -> subprocess.Popen[str]:
    program = textwrap.dedent(HANGING).replace("WITHIN", str(within)).replace("WORK", work)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment())
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_the_wish_to_stop(number: signal.Signals) -> None:
    with start(within=20, work="pass") as process:
        process.send_signal(number)
        assert process.communicate(timeout=20)[0] == "stopping\nover\n"
    assert process.returncode == 0


def test_what_hangs_is_cut_off_with_the_code_that_says_so() -> None:
    with start(within=0.1, work="time.sleep(60)") as process:
        process.terminate()
        assert process.wait(20) == 5


def test_a_second_signal_ends_the_process_at_once() -> None:
    with start(within=60, work="time.sleep(60)") as process:
        process.terminate()
        assert process.stdout
        assert process.stdout.readline() == "stopping\n"
        process.terminate()
        assert process.wait(20) == -signal.SIGTERM


@pytest.fixture
def silence() -> Iterator[int]:
    """A port at which every connection is taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_daemon_whose_s3_and_slack_hang_ends_in_time_with_0_and_its_secret_is_in_no_line(
    tmp_path: Path, silence: int
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"sources: [{{url: 's3://trail', region: eu-west-1, endpoint_url: 'http://127.0.0.1:{silence}'}}]\n"
        f"destinations: [{{name: a, type: slack, token: xoxb-hidden, channel: C01, "
        f"api_url: 'http://127.0.0.1:{silence}'}}]\n"
        "notices: [a]\nhttp: {listen: '127.0.0.1:0'}\n"
    )
    with running(config) as program:
        wait_until(lambda: program.page("/readyz")[0] == 200, "the first poll to begin")
        assert program.terminate() == 0
        assert "xoxb-hidden" not in (tmp_path / "config.stderr").read_text() + program.output()


def test_a_daemon_told_to_end_while_it_is_still_starting_ends_with_0(tmp_path: Path) -> None:
    (tmp_path / "trail").mkdir()
    config = tmp_path / "config.yaml"
    config.write_text(
        "sources: [{url: file:trail}]\ndestinations: [{name: a, type: console}]\nhttp: {listen: '127.0.0.1:0'}\n"
    )
    with running(config) as program:
        wait_until(lambda: (tmp_path / "data" / "trailwarden.db").exists(), "the state store to be opened")
        assert program.terminate() == 0
