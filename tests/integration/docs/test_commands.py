"""Every shell command of every page: run here as it stands, or named here with the reason why it cannot be."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
import yaml

from daemon.cli import app
from tests.e2e.harness import REPOSITORY, environment, trailwarden
from tests.integration.docs.pages import blocks, code_spans, commands

SLACK = "asks Slack's own servers; tests/integration/notify sends to a server that speaks Slack's API"
AWS = "makes things in an AWS account; tests/integration/deploy checks the template"
CONTAINER = "builds and starts a container; tests/integration/deploy/test_image.py does that where it can"
CLUSTER = "needs a cluster; tests/integration/deploy/test_kubernetes.py checks the manifests"
SHELL = "sets a variable of the reader's shell"
DATABASE = "needs a server; tests/integration/service/test_restore.py dumps and restores one in these words"
STATE = "needs a daemon's state; tests/integration/commands/test_state.py copies one and puts it back"
ALERT = "needs an alert; tests/integration/commands/test_answers.py gives it these"
SUMMARY = "needs a daemon's state; tests/integration/commands/test_summary.py asks for it"
SETS_UP = "installs from a package index, which every run of CI does; its recipe is tested below"
ENDLESS = "runs until it is told to stop; tests/e2e starts and stops it"
SUITE = "runs this very test"
MINUTES = "measures for minutes; tests/unit/benchmarks tries the generator"
BUCKET = "reads a bucket; tests/integration/replay reads one over HTTP"
NOT_RUN = {
    r"(\.venv/bin/)?trailwarden (replay|verify) s3://.*": BUCKET,
    r"export '?\w+=\S+": SHELL,
    r"(\.venv/bin/)?trailwarden (check|check -c config\.example\.yaml)": SLACK,
    r"\.venv/bin/trailwarden send-test -c config\.example\.yaml": SLACK,
    r"docker (build|run|exec|cp|stop|start) .*": CONTAINER,
    r"(pg_dump|pg_restore) .*": DATABASE,
    r"trailwarden state (backup|restore) /data/.*": STATE,
    r"trailwarden alerts (ack|verdict|mute|confirm|unmute|mutes)( .*)?": ALERT,
    r"trailwarden alerts summary( .*)?": SUMMARY,
    r"kubectl .*": CLUSTER,
    r"aws cloudformation .*": AWS,
    r"make run( ARGS=--once)?": SETS_UP,
    r"make (setup|check|format|lock|lint|types|contracts)": SETS_UP,
    r"make test.*|\.venv/bin/python -m pytest .*|TRAILWARDEN_REAL_PARTS=required .*|(sudo )?\.ci/(run|parts)": SUITE,
    r"(\.venv/bin/)?python -m benchmarks\..*|make benchmark.*": MINUTES,
}
EVERY = sorted(set(commands()))
RUN = [(page, command) for page, command in EVERY if not any(re.fullmatch(known, command) for known in NOT_RUN)]
PROGRAM = re.compile(r"(?:\.venv/bin/)?trailwarden(?= |$)")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As a reader's clone, with the configuration copied and a folder of rules begun as the pages advise."""
    for name in ("config.example.yaml", "Makefile", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    shutil.copy(REPOSITORY / "config.example.yaml", tmp_path / "config.yaml")
    for folder in ("examples", "rules", "requirements"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    shutil.copytree(REPOSITORY / "examples" / "my-rules", tmp_path / "my-rules")
    return tmp_path


@pytest.mark.parametrize(("page", "command"), RUN, ids=[f"{page}: {command}" for page, command in RUN])
def test_a_command_does_what_its_page_promises(page: str, command: str, clone: Path) -> None:
    assert PROGRAM.match(command), f"{page}: neither run nor named in NOT_RUN: {command}"
    done = trailwarden(*shlex.split(PROGRAM.sub("", command)), cwd=clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout or done.stderr


def test_the_steps_for_ci_do_what_they_are_called(clone: Path) -> None:
    (workflow,) = [yaml.safe_load(block.text) for block in blocks("yml")]
    for step in workflow["steps"]:
        done = trailwarden(*shlex.split(PROGRAM.sub("", step["run"])), cwd=clone)
        assert done.returncode == 0, f"{step['name']}: {done.stdout}{done.stderr}"
    report = ElementTree.parse(clone / "rules.xml").getroot()
    assert int(report.get("tests", "")) == len(list(report.iter("testcase"))) > 5


def test_what_is_not_run_still_stands_on_a_page() -> None:
    stale = [known for known in NOT_RUN if not any(re.fullmatch(known, command) for _, command in EVERY)]
    assert [known for known in stale if "make" not in known and "benchmarks" not in known] == []


@pytest.mark.parametrize(("has_own", "config"), [(True, "config.yaml"), (False, "config.example.yaml")])
def test_make_run_starts_the_program_on_the_readers_configuration_or_the_example(
    clone: Path, *, has_own: bool, config: str
) -> None:
    if not has_own:
        (clone / "config.yaml").unlink()
    surroundings = {name: value for name, value in environment().items() if not name.startswith("MAKE")}
    told = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "run", "ARGS=--once"],
        cwd=clone,
        env=surroundings,  # without what a make around these tests hands down
        capture_output=True,
        text=True,
        check=True,
    )
    last = told.stdout.splitlines()[-1]
    assert last == f".venv/bin/trailwarden run -c {config} --once"


def test_the_demonstration_tells_what_its_page_lists_and_the_second_run_tells_nothing_again(clone: Path) -> None:
    page = (REPOSITORY / "examples" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \d\d:\d\d \|.*\| (.+) \|$", page, re.MULTILINE)
    promised = [name for row in rows for name in re.findall("`([a-z0-9-]+)`", row)]
    first = trailwarden("run", "-c", "config.example.yaml", "--once", cwd=clone)
    again = trailwarden("run", "-c", "config.example.yaml", "--once", cwd=clone)
    rules = [yaml.safe_load((REPOSITORY / f"rules/core/{name}.yml").read_text(encoding="utf-8")) for name in promised]
    titles = [rule["title"] for rule in rules]
    assert (first.returncode, again.returncode, again.stdout) == (0, 0, ""), first.stderr + again.stderr
    assert [title for title in titles if title not in first.stdout] == []
    assert first.stdout.count("  log file  ") == len(titles) == 8
    assert {path.name for path in clone.iterdir()} - {path.name for path in REPOSITORY.iterdir()} <= {
        "config.yaml",
        "data",
        "my-rules",
    }


def test_the_rule_in_the_readme_would_have_told_the_denied_call_of_the_example(clone: Path) -> None:
    told = trailwarden("replay", "examples/bucket", "--rules", "examples/my-rules", "--format", "ndjson", cwd=clone)
    (line,) = told.stdout.splitlines()
    found = json.loads(line)
    assert (found["rule"]["title"], found["event"]["name"]) == ("IAM change denied", "CreateUser")


def test_every_command_of_ours_that_a_page_names_exists() -> None:
    known = set(_paths(typer.main.get_command(app)))
    named = [(page, code) for page, code in [*EVERY, *code_spans()] if PROGRAM.match(code)]
    assert len(named) > 15
    assert [f"{page}: {code}" for page, code in named if not _alternatives(code) <= known] == []


def _paths(command: Any, prefix: str = "") -> list[str]:
    """Every command by its words: `run`, `rules lint`. Typer's class of groups is its own affair."""
    members: dict[str, Any] = getattr(command, "commands", {})
    below = [path for name, each in members.items() for path in _paths(each, f"{prefix} {name}".strip())]
    is_own = getattr(command, "invoke_without_command", False)  # a group that does something by itself
    return [*below, prefix] if is_own or not members else below


def _alternatives(code: str) -> set[str]:
    """`trailwarden rules list|lint x.yml` as the commands it names."""
    words = re.findall(r"(?<= )[a-z|-]+(?= |$)", PROGRAM.sub("", code))
    groups = {"rules", "alerts", "objects", "deliveries", "state", "config"}
    if not words or words[0].startswith("-"):
        return set()
    if words[0] in groups:
        return {f"{words[0]} {name}" for name in (words[1].split("|") if words[1:] else ["?"])}
    return set(words[0].split("|"))
