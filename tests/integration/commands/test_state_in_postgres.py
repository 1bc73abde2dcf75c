"""The commands beside a daemon whose state is in PostgreSQL; none of them ever shows the password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles import postgres
from tests.doubles.daemons import Place, event, make_place
from tests.doubles.postgres import PASSWORD
from tests.doubles.rule_text import rule_text
from tests.e2e.harness import trailwarden


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def empty_url() -> Iterator[str]:
    with postgres.database(is_empty=True) as url:
        yield url


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.put(event(1), event(2))
    return place


def run(place: Place, url: str, *command: str, code: int = 0) -> str:
    """What a command says, on both its outputs."""
    path = place.folder / "beside.yaml"
    path.write_text(
        'sources: [{url: "file:bucket"}]\nrules: {paths: [rules]}\nnotices: [terminal]\n'
        f'destinations: [{{name: terminal, type: console}}]\nstate: {{url: "{url}"}}\n'
    )
    done = trailwarden(*command, "-c", path, cwd=place.folder)
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert PASSWORD not in said
    return said


def test_one_cycle_and_what_is_asked_afterwards(place: Place, url: str) -> None:
    run(place, url, "run", "--once")
    assert "A group was deleted" in run(place, url, "alerts", "list")
    assert "us-east-1" in run(place, url, "objects", "list", "--state", "done")
    assert "us-east-1" in run(place, url, "sources")
    assert "sent" in run(place, url, "deliveries", "list")
    assert "A group was deleted" in run(place, url, "rules", "list")
    assert "state: postgresql://127.0.0.1:" in run(place, url, "check")
    run(place, url, "objects", "retry", "--all-quarantined")
    run(place, url, "deliveries", "retry", "--all-dead")


def test_history_is_learned_into_it(place: Place, url: str) -> None:
    new = "trailwarden: {first_seen: {fields: [requestParameters.groupName], learn: 7d}}"
    place.write_rule(rule_text(more=new))
    run(place, url, "run", "--once")
    said = run(place, url, "replay", f"file:{place.folder}/bucket", "--learn")
    assert "A group was deleted" in said


def test_check_tells_of_a_database_without_a_state_and_makes_none(place: Place, empty_url: str) -> None:
    assert "will be made at the first start" in run(place, empty_url, "check")
    assert postgres.execute(empty_url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_check_names_a_wrong_password(place: Place, url: str) -> None:
    wrong = url.replace(PASSWORD, "wrong")
    assert "correct the user or password" in run(place, wrong, "check", code=1)


def test_a_daemon_that_cannot_come_in_says_why_and_ends(place: Place, url: str) -> None:
    wrong = url.replace(PASSWORD, "wrong")
    assert "correct the user or password" in run(place, wrong, "run", "--once", code=1)
