"""Rule files read by a process of their own are as if they were read here, and whatever befalls it is told."""

from __future__ import annotations

import io
import pickle
import sys

import pytest
from structlog.testing import capture_logs

from daemon.service.loading import FEW, LoadingFailed, load_files, load_here, serve

RULE = """title: A rule
id: 00000000-0000-4000-8000-{number:012}
status: test
logsource: {{product: aws, service: cloudtrail}}
detection: {{s: {{eventName|expand: "%names%"}}, condition: s}}
level: low
"""
VARIABLES = {"names": ("CreateUser", "DeleteUser")}
FILES = [(f"rules/{number}.yml", RULE.format(number=number).encode()) for number in range(FEW + 1)]


def saying(program: str) -> list[str]:
    """A command that stands in for the loading process."""
    return [sys.executable, "-c", program]


def test_many_files_are_read_by_another_process_as_they_would_be_here() -> None:
    files = [*FILES, ("rules/broken.yml", b"title: [")]
    loaded = load_files(files, VARIABLES)
    assert loaded == load_here(files, VARIABLES)
    assert [bool(one.rules) for one in loaded[-2:]] == [True, False]


def test_a_few_files_are_read_here() -> None:
    assert load_files(FILES[:3], VARIABLES, command=saying("raise SystemExit(1)")) == load_here(FILES[:3], VARIABLES)


@pytest.mark.parametrize("program", ["import os; os._exit(9)", "print('no pickle')", "import sys; sys.stdin.close()"])
def test_a_process_that_breaks_is_told_with_what_it_had_done(program: str) -> None:
    with pytest.raises(LoadingFailed, match=f"after 0 of {len(FILES)}; it may lack memory"):
        load_files(FILES, VARIABLES, command=saying(program))


def test_a_process_that_hangs_is_ended() -> None:
    with pytest.raises(LoadingFailed, match="ended"):
        load_files(FILES, VARIABLES, command=saying("import time; time.sleep(60)"), longest_s=0.2)


def test_where_no_process_can_be_started_the_files_are_read_here() -> None:
    with capture_logs() as logs:
        loaded = load_files(FILES, VARIABLES, command=["/nowhere/python"])
    assert loaded == load_here(FILES, VARIABLES)
    assert [line["event"] for line in logs] == ["rule files are read in this process"]


def test_the_other_side_tells_in_small_lots() -> None:
    told = io.BytesIO()
    serve(io.BytesIO(pickle.dumps((FILES, VARIABLES))), told)
    told.seek(0)
    assert len(pickle.load(told)) < len(FILES)
