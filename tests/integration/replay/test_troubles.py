"""What surrounds a backtest fails: no room for its store, nowhere to write. One line says so, then the summary."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.harness import environment
from tests.integration.replay.conftest import History, event

SHELL = '{limits} exec "$0" -m daemon replay "$1" --rules "$2" --format ndjson {redirect}'


def in_shell(
    history: History, *, limits: str = "", redirect: str = "", **extra: str
) -> subprocess.CompletedProcess[str]:
    command = SHELL.format(limits=limits, redirect=redirect)
    arguments = [sys.executable, str(history.folder), str(history.rules)]
    return subprocess.run(
        ["sh", "-c", command, *arguments],
        env=environment(extra),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("limits", "redirect", "extra", "told"),
    [
        ("", ">/dev/full", {}, "standard output"),
        ("", ">&-", {}, "standard output"),
        # Coverage must not meet the limit: it would lose its own data and say so on standard error.
        ("unset COVERAGE_PROCESS_START COVERAGE_PROCESS_CONFIG; ulimit -f 8;", "", {}, "TMPDIR"),
    ],
    ids=["no room for what is printed", "nowhere to print", "no room for the store"],
)
def test_a_full_or_missing_place_is_one_clear_line_and_the_summary_still_comes_last(
    history: History, limits: str, redirect: str, extra: dict[str, str], told: str
) -> None:
    history.deliver(event("a"))
    done = in_shell(history, limits=limits, redirect=redirect, **extra)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    fault, summary = done.stderr.splitlines()
    assert told in fault
    assert "objects" in json.loads(summary)


def test_an_output_file_that_cannot_be_written_at_the_end_is_told_with_the_summary(
    history: History, tmp_path: Path
) -> None:
    history.deliver(event("a"))
    folder = tmp_path / "out"
    folder.mkdir()
    pipe = tmp_path / "history" / "zz.json"
    os.mkfifo(pipe)
    mover = subprocess.Popen([sys.executable, "-c", _REMOVER, str(pipe), str(folder)])
    told = history.replay(history.folder / "AWSLogs", pipe, output=folder / "found.json")
    mover.wait(30)
    assert told.code == 1
    assert f"{folder}/found.json: cannot be written" in told.err
    assert told.summary["matches"] == 1


_REMOVER = """
import os, sys
with open(sys.argv[1], "wb") as pipe:
    os.rmdir(sys.argv[2])
    pipe.write(b'{"Records": []}')
"""
