"""`trailwarden state backup`, as people call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.daemons import Place, event, make_place
from tests.e2e.harness import trailwarden


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.put(event(1))
    return place


def run(place: Place, *command: str, url: str = "sqlite:///state.db", code: int = 0) -> str:
    path = place.folder / "config.yaml"
    path.write_text(
        'sources: [{url: "file:bucket"}]\nrules: {paths: [rules]}\nnotices: [terminal]\n'
        f'destinations: [{{name: terminal, type: console}}]\nstate: {{url: "{url}"}}\n'
    )
    done = trailwarden(*command, "-c", path, cwd=place.folder)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_copy_is_a_state_that_commands_can_read(place: Place) -> None:
    run(place, "run", "--once")
    said = run(place, "state", "backup", "copy.db")
    size = (place.folder / "copy.db").stat().st_size
    assert said == f"copy.db: {size:,} bytes, checked and whole\n"
    assert "A group was deleted" in run(place, "alerts", "list", url="sqlite:///copy.db")


def test_a_second_copy_by_the_same_name_is_refused(place: Place) -> None:
    run(place, "run", "--once")
    run(place, "state", "backup", "copy.db")
    before = (place.folder / "copy.db").read_bytes()
    assert "copy.db: is there already; name a new file" in run(place, "state", "backup", "copy.db", code=1)
    assert (place.folder / "copy.db").read_bytes() == before


def test_before_the_first_start_there_is_nothing_to_copy(place: Place) -> None:
    assert "state.db: there is no state yet" in run(place, "state", "backup", "copy.db", code=1)
    assert not (place.folder / "copy.db").exists()


def test_postgresql_is_pointed_to_its_own_tool(place: Place) -> None:
    url = "postgresql+psycopg://trailwarden@127.0.0.1:1/trailwarden"
    assert "pg_dump --format=custom" in run(place, "state", "backup", "copy.db", url=url, code=1)
    assert "`pg_restore`" in run(place, "state", "restore", "copy.db", url=url, code=1)


def test_a_copy_that_is_put_back_is_the_state_and_the_old_one_is_named(place: Place) -> None:
    run(place, "run", "--once")
    run(place, "state", "backup", "copy.db")
    said = run(place, "state", "restore", "copy.db")
    assert "state.db: " in said
    assert "checked and whole; start the daemon" in said
    assert "what was there before; remove it when all is well" in said
    assert len(list(place.folder.glob("state.db.2*"))) == 1
    assert run(place, "run", "--once").count("A group was deleted") == 0


def test_restoring_what_is_not_there_says_so(place: Place) -> None:
    assert "none.db: there is no such file" in run(place, "state", "restore", "none.db", code=1)
