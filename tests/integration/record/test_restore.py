"""A backup put in the place of a state: never beside a daemon, never in part, and what was there is kept."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from daemon.errors import StoreError, StoreLocked
from daemon.record.backup import back_up
from daemon.record.restore import restore
from daemon.record.store import open_store
from tests.doubles.state_values import NOON, path_of
from tests.integration.record.test_backup import change, record


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the state lies; there is none yet."""
    return tmp_path / "state" / "trailwarden.db"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Of a state with one alert."""
    with open_store(f"sqlite:///{tmp_path}/other/trailwarden.db", now=NOON) as store:
        record(store, "backed-up")
        return back_up(path_of(store), tmp_path / "backup.db").path


def events(path: Path) -> list[str]:
    with open_store(f"sqlite:///{path}", now=NOON) as store:
        return sorted(match.event_id for match in store.iter_matches())


def files_beside(state: Path) -> set[str]:
    return {path.name for path in state.parent.iterdir()} - {"trailwarden.db.lock"}


def test_in_an_empty_place_it_becomes_the_state(state: Path, backup: Path) -> None:
    done = restore(backup, state, now=NOON)

    assert (done.size_bytes, done.aside) == (state.stat().st_size, None)
    assert files_beside(state) == {"trailwarden.db"}
    assert events(state) == ["backed-up"]
    assert backup.exists()


def test_what_a_killed_daemon_left_is_set_aside_and_spoils_nothing(state: Path, backup: Path) -> None:
    with open_store(f"sqlite:///{state.parent}/living.db", now=NOON) as store:
        record(store, "a")
        for end in ("", "-wal"):
            shutil.copy(state.parent / f"living.db{end}", state.with_name(state.name + end))
    before = files_beside(state) - {"trailwarden.db", "trailwarden.db-wal"}

    done = restore(backup, state, now=NOON)

    assert files_beside(state) - before == {*("trailwarden.db", "trailwarden.db.20260504T120000Z")}
    assert events(state) == ["backed-up"]
    assert done.aside is not None
    assert events(done.aside) == ["a"]


def test_what_is_set_aside_is_whole_without_its_log(state: Path, backup: Path) -> None:
    with open_store(f"sqlite:///{state.parent}/living.db", now=NOON) as store:
        record(store, "in the log")
        for end in ("", "-wal"):
            shutil.copy(state.parent / f"living.db{end}", state.with_name(state.name + end))

    aside = restore(backup, state, now=NOON).aside

    assert aside is not None
    alone = state.with_name("alone.db")
    shutil.copy(aside, alone)
    assert events(alone) == ["in the log"]


def test_a_lock_that_is_a_link_is_not_followed(state: Path, backup: Path, tmp_path: Path) -> None:
    state.parent.mkdir(parents=True, exist_ok=True)
    target = tmp_path / "elsewhere"
    state.with_name(state.name + ".lock").symlink_to(target)
    with pytest.raises(StoreError):
        restore(backup, state, now=NOON)
    assert not target.exists()


def test_while_a_daemon_runs_nothing_is_changed(state: Path, backup: Path) -> None:
    with open_store(f"sqlite:///{state}", now=NOON) as store:
        record(store, "a")
        with pytest.raises(StoreLocked, match="stop that daemon first"):
            restore(backup, state, now=NOON)
        record(store, "b")
    assert events(state) == ["a", "b"]


@pytest.mark.parametrize("fault", ["damaged", "cut", "newer", "foreign", "empty", "none", "folder", "itself"])
def test_what_is_no_sound_backup_leaves_the_state_as_it_is(state: Path, backup: Path, fault: str) -> None:
    with open_store(f"sqlite:///{state}", now=NOON) as store:
        record(store, "a")
    content = backup.read_bytes()
    given = backup
    match fault:
        case "damaged":
            backup.write_bytes(content[:8192] + b"\xff" * 40_960 + content[49_152:])
        case "cut":
            backup.write_bytes(content[: len(content) // 2])
        case "newer":
            change(backup, "UPDATE alembic_version SET version_num = '9999'")
        case "foreign":
            backup.write_bytes(b"no database at all" * 1000)
        case "empty":
            backup.write_bytes(b"")
        case "none":
            backup.unlink()
        case "folder":
            given = backup.parent
        case _:
            given = state
    with pytest.raises(StoreError):
        restore(given, state, now=NOON)
    assert files_beside(state) == {"trailwarden.db"}
    assert events(state) == ["a"]


def test_two_restores_within_a_second_lose_nothing(state: Path, backup: Path) -> None:
    restore(backup, state, now=NOON)
    restore(backup, state, now=NOON)
    with pytest.raises(StoreError, match="is there already; wait a second"):
        restore(backup, state, now=NOON)
    restore(backup, state, now=NOON + timedelta(seconds=1))
    assert events(state) == ["backed-up"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
@pytest.mark.parametrize("has_state", [True, False])
def test_what_root_restores_belongs_to_the_daemons_user(state: Path, backup: Path, *, has_state: bool) -> None:
    state.parent.mkdir()
    if has_state:
        open_store(f"sqlite:///{state}", now=NOON).close()
        state.with_name("trailwarden.db.lock").unlink()
    os.chown(state if has_state else state.parent, 65534, 65534)

    restore(backup, state, now=NOON)

    assert [path.stat().st_uid for path in (state, state.with_name("trailwarden.db.lock"))] == [65534, 65534]
