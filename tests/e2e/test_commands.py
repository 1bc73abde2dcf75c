"""What the README tells people to run, run as they would, on copies of the files in the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.harness import DEADLINE_S, REPOSITORY, environment, running, trailwarden, wait_until
from tests.e2e.trail import RULE

ALERTS = ("IAM group deleted", "CloudTrail stopped or deleted", "Root user signed in to the console")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that a first run needs, as a clone has them."""
    shutil.copy(REPOSITORY / "config.example.yaml", tmp_path)
    shutil.copytree(REPOSITORY / "examples" / "bucket", tmp_path / "examples" / "bucket")
    return tmp_path


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def once(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One cycle over a clone."""
    return trailwarden("run", "-c", "config.example.yaml", "--once", *arguments, cwd=clone)


def test_one_cycle_over_the_example_prints_its_alerts_and_leaves_only_data_behind(clone: Path) -> None:
    before = files(clone)
    first = once(clone)
    assert first.returncode == 0, first.stderr
    for title in ALERTS:
        assert title in first.stdout
    assert "\x1b" not in first.stdout
    assert all(name.startswith("data/") for name in files(clone) - before)

    again = once(clone)
    assert again.returncode == 0, again.stderr
    assert again.stdout == ""


def test_the_log_of_a_cycle_is_json_lines_off_a_terminal(clone: Path) -> None:
    for line in once(clone).stderr.splitlines():
        assert "event" in json.loads(line)


def test_the_daemon_on_the_example_serves_its_pages_and_ends_in_time(clone: Path) -> None:
    config = clone / "config.example.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("127.0.0.1:8099", "127.0.0.1:0"), encoding="utf-8")
    with running(config) as program:
        wait_until(lambda: ALERTS[0] in program.output(), "an alert on the terminal")
        wait_until(lambda: program.page("/readyz")[0] == 200, "readiness")
        assert program.page("/healthz")[0] == 200
        assert program.metric("rules_loaded", state="loaded") >= 14
        assert program.metric("objects_total", outcome="done") == 8
        assert program.terminate() == 0


def test_a_second_daemon_on_the_same_state_is_refused_with_a_word(clone: Path) -> None:
    config = clone / "config.example.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("127.0.0.1:8099", "127.0.0.1:0"), encoding="utf-8")
    with running(config) as program:
        assert program.port()
        second = once(clone)
        assert second.returncode == 1
        assert "in use by" in second.stderr
        assert program.terminate() == 0


def test_a_cycle_with_a_broken_file_exits_1_and_tells_the_alerts_of_the_others(clone: Path) -> None:
    broken = next((clone / "examples" / "bucket").rglob("*CloudTrail_eu-west-1*.json.gz"))
    broken.write_bytes(b"\x1f\x8b" + b"\0" * 20)
    done = once(clone)
    assert done.returncode == 1
    assert ALERTS[0] in done.stdout
    assert "set aside" in done.stdout


def test_check_of_the_example_finds_nothing_wrong(clone: Path) -> None:
    done = trailwarden("check", "-c", "config.example.yaml", cwd=clone)
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_names_every_fault_at_once(clone: Path) -> None:
    config = clone / "config.example.yaml"
    text = (
        config.read_text(encoding="utf-8")
        .replace("poll_every: 5m", "poll_evry: 5m")
        .replace("workers: 1", "workers: x")
    )
    config.write_text(text, encoding="utf-8")
    done = trailwarden("check", "-c", "config.example.yaml", cwd=clone)
    assert done.returncode == 2
    assert "poll_every" in done.stdout
    assert "workers" in done.stdout
    assert "can be read" in done.stdout


def test_check_tells_when_another_distribution_owns_the_package_daemon(clone: Path) -> None:
    about = clone / "site" / "python_daemon-3.1.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: python-daemon\nVersion: 3.1.2\n", encoding="utf-8")
    (about / "RECORD").write_text("daemon/__init__.py,,\ndaemon/pidfile.py,,\n", encoding="utf-8")
    search = {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{clone / 'site'}"}

    done = trailwarden("check", "-c", "config.example.yaml", cwd=clone, extra=search)
    assert done.returncode == 1, done.stdout + done.stderr
    (fault,) = [line for line in done.stdout.splitlines() if line.startswith("FAULT")]
    assert "the package `daemon` also belongs to python-daemon; install trailwarden into an environment" in fault

    lost = trailwarden("check", "-c", "no-such.yaml", cwd=clone, extra=search)
    assert lost.returncode == 2
    assert "python-daemon" in lost.stdout  # which may well be why nothing else works


def test_a_backtest_of_the_example_prints_ndjson_and_nothing_else(clone: Path) -> None:
    before, rules = files(clone), REPOSITORY / "rules" / "core"
    done = trailwarden("replay", "examples/bucket", "--rules", rules, "--format", "ndjson", cwd=clone)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["rule"]["title"] for line in lines} >= set(ALERTS)
    assert [list(line) for line in lines] == [["rule", "event", "object"]] * len(lines)
    order = [(line["event"]["time"], line["event"]["id"], line["rule"]["id"]) for line in lines]
    assert order == sorted(set(order))
    summary = json.loads(done.stderr.splitlines()[-1])
    assert list(summary) == ["objects", "events", "rejects", "matches", "bytes", "seconds"]
    assert summary["matches"] == len(lines)
    assert summary["objects"] == 8
    assert files(clone) == before


def test_a_reader_that_has_had_enough_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE, encoding="utf-8")
    event = {"eventSource": "iam.amazonaws.com", "eventName": "DeleteGroup", "eventTime": "2026-01-01T00:00:00Z"}
    lines = (json.dumps({**event, "eventID": str(number)}) for number in range(5_000))
    (tmp_path / "events.jsonl").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "daemon", "replay", "events.jsonl", "--rules", "rule.yml", "--format", "ndjson"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["event"]["id"] == "0"
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(DEADLINE_S) == 0
    assert len(said.splitlines()) == 1
    assert json.loads(said)["matches"] == 5_000


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("run", "--twice"),
        ("run", "-c", "no-such.yaml"),
        ("check", "-c", "no-such.yaml"),
        ("replay",),
        ("replay", "no/such/path", "--rules", "builtin:core"),
        ("replay", "examples/bucket", "--rules", "builtin:core", "--since", "yesterday"),
        ("replay", "examples/bucket", "--rules", "builtin:core", "--format", "xml"),
        ("replay", "examples/bucket", "--rules", "no/such/rules"),
        ("rules", "lint", "no/such/rules"),
        ("rules", "test", "no/such/rules"),
        ("objects", "list", "--state", "lost"),
        ("fly",),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_with_a_word_and_no_traceback(clone: Path, arguments: tuple[str, ...]) -> None:
    done = trailwarden(*arguments, cwd=clone)
    assert done.returncode == 2
    assert done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_help_and_version_are_told_without_loading_the_program(tmp_path: Path) -> None:
    assert "replay" in trailwarden("--help", cwd=tmp_path).stdout
    assert trailwarden("--version", cwd=tmp_path).stdout.startswith("trailwarden ")
