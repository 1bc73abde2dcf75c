"""What a backtest promises: order, each match once, the window, its exit codes, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.errors import ConfigError
from tests.e2e.trail import RULE
from tests.integration.replay.conftest import AT, History, event


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def test_a_line_holds_what_the_contract_says_and_nothing_else_is_printed(history: History) -> None:
    url = history.deliver(event("a"))
    told = history.replay()
    assert told.out.decode() == (
        '{"rule":{"id":"6f2a1c7e-0b7e-4f5c-9a35-0d3c5a1e0001","title":"IAM group deleted","level":"high"},'
        '"event":{"id":"a","time":"2026-03-02T09:00:00Z","name":"DeleteGroup","source":"iam.amazonaws.com",'
        '"account":"111122223333","region":"us-east-1","actor":"alice"},'
        f'"object":"{url}"}}\n'
    )


def test_matches_come_by_event_time_and_then_by_event_id(history: History) -> None:
    history.deliver(event("c"), event("b", at=AT - timedelta(hours=5)), stamp="20260302T0905Z")
    history.deliver(event("a"), event("d", at=AT - timedelta(days=1)), stamp="20260302T0910Z")
    assert history.replay().events == ["d", "b", "a", "c"]


def test_an_event_in_several_files_is_one_match_with_the_smallest_url(history: History) -> None:
    first = history.deliver(event("a"), region="eu-west-1")
    history.deliver(event("a"), region="us-east-1")
    copy = history.write("0-copy.json", json.dumps([event("a")]).encode())
    told = history.replay(history.folder / "AWSLogs")
    assert [line["object"] for line in told.lines] == [first]
    told = history.replay(history.folder / "AWSLogs", copy)
    assert [line["object"] for line in told.lines] == [f"file:{copy}"]
    assert told.summary["matches"] == 1
    assert told.summary["events"] == 3


def test_inputs_that_overlap_are_read_once(history: History) -> None:
    history.deliver(event("a"))
    told = history.replay(history.folder, f"file:{history.folder}/AWSLogs", os.path.relpath(history.folder))
    assert told.summary["objects"] == 1


def test_two_rules_on_one_event_are_two_lines_by_rule_id(history: History) -> None:
    other = RULE.replace("0d3c5a1e0001", "0d3c5a1e0000").replace("IAM group deleted", "Another")
    (history.rules / "other.yml").write_text(other, encoding="utf-8")
    history.deliver(event("a"))
    assert [line["rule"]["title"] for line in history.replay().lines] == ["Another", "IAM group deleted"]


def test_more_matches_than_a_daemon_would_store_of_one_file_are_all_printed(history: History) -> None:
    history.deliver(*(event(f"{n:05}") for n in range(3_000)))
    assert history.replay().summary["matches"] == 3_000


def test_the_window_is_one_of_event_times(history: History) -> None:
    history.deliver(event("old", at=AT - timedelta(days=40)), event("new"))
    assert history.replay(since="2026-03-01").events == ["new"]
    assert history.replay(until="2026-03-01T00:00:00Z").events == ["old"]
    assert history.replay(since="2026-01-01", until="2026-02-01").events == ["old"]
    assert history.replay(since="2026-03-02T09:00:00Z", until="2026-03-02T09:00:01Z").events == ["new"]


def test_files_that_cannot_hold_anything_of_the_window_are_not_read(history: History) -> None:
    history.deliver(event("a"), stamp="20260302T0905Z")
    assert history.replay(since="2026-03-03").summary["objects"] == 0


def test_json_is_one_array(history: History) -> None:
    history.deliver(event("a"), event("b"))
    told = history.replay(output_format="json")
    assert [line["event"]["id"] for line in json.loads(told.out)] == ["a", "b"]


def test_output_goes_into_a_file_and_only_there(history: History, tmp_path: Path) -> None:
    history.deliver(event("a"))
    told = history.replay(output=tmp_path / "found.ndjson")
    assert told.out == b""
    assert json.loads((tmp_path / "found.ndjson").read_bytes())["event"]["id"] == "a"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"since": "yesterday"}, "--since"),
        ({"until": "7d"}, "--until"),
        ({"since": "2026-01-02", "until": "2026-01-01"}, "--until"),
        ({"rule_paths": ["no/such/rules"]}, "no/such/rules"),
        ({"output": Path("no/such/folder/out.json")}, "--output"),
        ({"config": Path("no-config.yaml")}, "no-config.yaml"),
    ],
)
def test_what_is_asked_wrongly_is_told_before_anything_is_read(
    history: History, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        history.replay(**options)


@pytest.mark.parametrize("url", ["no/such/path", "file:no/such", "https://example.com/x", "s3://", "s3://a/b\n", ""])
def test_an_input_that_is_none_is_told_before_anything_is_read(history: History, url: str) -> None:
    with pytest.raises(ConfigError):
        history.replay(history.folder, url)


def test_without_rules_and_configuration_it_says_what_is_missing(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="--rules builtin:core"):
        history.replay(rule_paths=[])


def test_the_rules_of_the_configuration_are_taken_when_none_are_named(history: History, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"sources: [{{url: 'file:{history.folder}'}}]\nrules: {{paths: [{history.rules}]}}\nstate: {{}}\n"
    )
    history.deliver(event("a"))
    assert history.replay(config=config, rule_paths=[]).events == ["a"]


def test_a_broken_rule_is_named_and_the_others_run(history: History) -> None:
    (history.rules / "broken.yml").write_text("title: [", encoding="utf-8")
    history.deliver(event("a"))
    told = history.replay()
    assert (told.code, told.events) == (1, ["a"])
    assert "broken.yml" in told.err


def test_rules_that_are_all_broken_are_nothing_to_run(history: History) -> None:
    (history.rules / "rule.yml").write_text("title: [", encoding="utf-8")
    with pytest.raises(ConfigError, match="no rule to run"):
        history.replay()


def test_hostile_names_cannot_steer_the_terminal(history: History) -> None:
    history.write("\x1b[2Jx.json", b"not JSON")
    told = history.replay()
    assert "\x1b" not in told.err


def test_nothing_is_left_in_the_temporary_folder(history: History, temporary: Path) -> None:
    history.deliver(event("a"))
    history.replay()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_tells_what_was_read_and_leaves_nothing_behind(
    history: History, temporary: Path, tmp_path: Path, number: int, code: int
) -> None:
    history.deliver(event("a"))
    pipe = history.folder / "zz.json"
    os.mkfifo(pipe)
    (tmp_path / "out").write_text("before")
    with _heeding_interrupts(), _interrupted_while_reading(pipe, number):
        told = history.replay(history.folder / "AWSLogs", pipe, output=tmp_path / "out")
    assert told.code == code
    assert told.summary["objects"] == 1
    assert "stopped before the end" in told.err
    assert (tmp_path / "out").read_text() == "before"
    assert list(temporary.iterdir()) == []


@contextmanager
def _heeding_interrupts() -> Iterator[None]:
    """Whatever a shell starts in the background ignores SIGINT from the start, and so may these tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_INTERRUPTER = """
import os, pathlib, sys, time
pipe, reader, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(pipe, "wb"):
    waits_in = pathlib.Path(f"/proc/{reader}/wchan")
    end = time.monotonic() + 10
    while "pipe_read" not in waits_in.read_text() and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(reader, number)
    sys.stdin.read()
"""


@contextmanager
def _interrupted_while_reading(pipe: Path, number: int) -> Iterator[None]:
    """A process that opens the pipe, looks until we wait for something to read, and then sends us the signal."""
    command = [sys.executable, "-c", _INTERRUPTER, str(pipe), str(os.getpid()), str(int(number))]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield
        process.communicate(timeout=10)
