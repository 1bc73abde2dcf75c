"""Starts the program as people do and watches it from outside: its pages, its lists, its exit code, its output."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

REPOSITORY = Path(__file__).resolve().parents[2]
DEADLINE_S = 60.0  # costs nothing where all is well; machines are shared and noisy
EXIT_WITHIN_S = 60.0  # on a machine that does much else
RUN = ("daemon", "run", "-c")
ONCE = ("daemon", "run", "--once", "-c")
QUICK_PROBES = ("tests.e2e.quick_probes",)
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_OWN = ("AWS_", "SLACK_", "TRAIL", "STATE_", "HTTP_")  # nothing of the machine's own set-up reaches the program
Seen = TypeVar("Seen")


def wait_until(look: Callable[[], Seen], what: str, *, deadline_s: float = DEADLINE_S) -> Seen:
    """Look again and again until there is something; fail with `what` was waited for and what was seen last."""
    end = time.monotonic() + deadline_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline_s:g} s in vain: {what}; last seen: {seen!r}")
        time.sleep(0.05)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the program finds around it: nothing but test credentials and `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    ours = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONFAULTHANDLER": "1",
    }
    return {**kept, **ours, **(extra or {})}


def trailwarden(
    *arguments: str | Path, cwd: Path, extra: Mapping[str, str] | None = None, timeout_s: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "daemon", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment(extra), capture_output=True, text=True, timeout=timeout_s, check=False
    )


class Program:
    """`trailwarden run`, under way. What it prints goes to files beside its configuration."""

    def __init__(self, config: Path, *arguments: str) -> None:
        self._log = config.with_suffix(".stderr")
        self._output = config.with_suffix(".stdout")
        command = [sys.executable, "-m", *(arguments or RUN), str(config)]
        with self._log.open("ab") as log, self._output.open("ab") as output:
            self._offset = log.tell()
            self.process = subprocess.Popen(command, cwd=config.parent, env=environment(), stdout=output, stderr=log)

    def log_lines(self) -> list[dict[str, Any]]:
        """What it has logged since this start, as JSON lines."""
        with self._log.open("rb") as log:
            log.seek(self._offset)
            whole = [line for line in log.read().split(b"\n")[:-1] if line.startswith(b"{")]
        return [json.loads(line) for line in whole]

    def output(self) -> str:
        """Its standard output, of all starts."""
        return self._output.read_text(encoding="utf-8")

    def port(self) -> int:
        """Where its pages are; the system chose."""
        return wait_until(self._port, "the port of the pages in the log")

    def _port(self) -> int:
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}: {self._log.read_text(encoding='utf-8')}")
        return next((int(line["port"]) for line in self.log_lines() if "port" in line), 0)

    def page(self, path: str) -> tuple[int, str]:
        """Status and text of one of its pages."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port()}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels; 0 when there is none."""
        samples = (_SAMPLE.match(line) for line in self.page("/metrics")[1].splitlines())
        return sum(
            float(sample[3])
            for sample in samples
            if sample and sample[1] == f"trailwarden_{name}" and labels.items() <= _labels(sample[2])
        )

    def kill(self) -> None:
        """As the kernel's memory killer does it: no chance to tidy up."""
        self.process.kill()
        self.process.wait(EXIT_WITHIN_S)

    def terminate(self) -> int:
        """As an orchestrator does it; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(EXIT_WITHIN_S)


def _labels(text: str | None) -> Any:
    return dict(_LABEL.findall(text or "")).items()


@contextmanager
def running(config: Path, *arguments: str) -> Iterator[Program]:
    """The program (or what else the arguments say), started, and gone at the end whatever happened."""
    program = Program(config, *arguments)
    try:
        yield program
    finally:
        if program.process.poll() is None:
            program.kill()


def listed(config: Path, *command: str) -> Sequence[dict[str, Any]]:
    """What `objects list`, `alerts list` or `deliveries list` say, from the same state."""
    done = trailwarden(*command, "-c", config, "--format", "json", cwd=config.parent)
    assert done.returncode == 0, done.stderr
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer
