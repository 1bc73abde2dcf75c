"""Standard output that takes nothing: one line and exit 1; a reader that has had enough is no fault."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.harness import REPOSITORY, environment, trailwarden

REFUSED = "trailwarden: standard output cannot be written: No space left on device\n"
PRINTING = [
    "rules list",
    "rules lint rules",
    "rules test rules",
    "rules schema",
    "config schema",
    "check --offline",
    "alerts list",
    "alerts list --format json",
    "objects list --state done",
    "deliveries list",
    "--help",
    "replay --help",
    "--version",
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's folder after the first run: everything has something to print."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copy(REPOSITORY / "config.example.yaml", folder / "config.yaml")
    shutil.copytree(REPOSITORY / "examples" / "bucket", folder / "examples" / "bucket")
    rule = (REPOSITORY / "examples" / "my-rules" / "iam-change-denied.yml").read_text(encoding="utf-8")
    (folder / "rules").mkdir()
    (folder / "rules" / "doubtful.yml").write_text(rule.replace("readOnly: false\n", "readonly: false\n", 1))
    assert trailwarden("run", "--once", cwd=folder).returncode == 0
    return folder


def to(output: str, command: str, clone: Path, buffering: str = "") -> subprocess.CompletedProcess[str]:
    """A command whose standard output the shell sends somewhere."""
    line = f'{buffering} {sys.executable} -m daemon {command} {output}; exit "${{PIPESTATUS[0]}}"'
    run = ["bash", "-c", line]
    return subprocess.run(run, cwd=clone, env=environment(), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("buffering", ["PYTHONUNBUFFERED=1", "PYTHONUNBUFFERED="])
@pytest.mark.parametrize("command", PRINTING)
def test_output_that_cannot_be_written_is_one_line_and_exit_1(command: str, buffering: str, clone: Path) -> None:
    done = to(">/dev/full", command, clone, buffering)
    assert (done.returncode, done.stderr) == (1, REFUSED)


@pytest.mark.parametrize("command", ["rules schema", "alerts list", "check --offline", "--help"])
def test_a_reader_that_is_gone_costs_no_word(command: str, clone: Path) -> None:
    assert to("| true", command, clone).stderr == ""


@pytest.mark.parametrize("command", ["rules schema", "alerts list", "--version"])
def test_a_closed_standard_output_is_told_without_a_traceback(command: str, clone: Path) -> None:
    done = to(">&-", command, clone)
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_a_test_alert_that_could_not_be_printed_says_why(clone: Path) -> None:
    done = to(">/dev/full", "send-test", clone)
    told = "terminal: not sent: its output cannot be written\nsecurity: left out, it has no token\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_a_cycle_that_could_not_print_its_alerts_leaves_them_owed(clone: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clone, tmp_path / "anew", ignore=shutil.ignore_patterns("data"))
    done = to(">/dev/full", "run --once", folder)
    assert done.returncode == 1
    assert all(line.startswith("{") for line in done.stderr.splitlines()), done.stderr
    owed = json.loads(trailwarden("deliveries", "list", "--format", "json", cwd=folder).stdout)
    assert [row["state"] for row in owed] == ["due"] * 9  # eight alerts, and the notice of the new state
