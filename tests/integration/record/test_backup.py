"""A copy of a state in SQLite, made beside whoever works on it: whole, of one moment, and never in another's place."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.errors import StoreError
from daemon.model import ObjectState
from daemon.record.backup import back_up
from daemon.record.store import Store, open_store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, path_of, plan, result
from tests.doubles.state_writers import EVENTS
from tests.e2e.harness import REPOSITORY


def record(store: Store, event_id: str) -> None:
    """An event that somebody is alerted of, in a log file of its own."""
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object(event_id)), is_sweep=False, now=NOON)
    (row,) = store.ledger.pending(SOURCE, now=NOON, limit=1)
    done = result(match(event_id), row_id=row.row_id, obj=row.object)
    store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=NOON)


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(statement)


def ask(path: Path, query: str) -> Any:
    with closing(sqlite3.connect(path)) as database:
        (row,) = database.execute(query).fetchall()
    return row if len(row) > 1 else row[0]


def beside(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"state"}


def test_a_copy_holds_what_is_still_in_the_log_which_the_file_alone_does_not(
    sqlite_store: Store, tmp_path: Path
) -> None:
    record(sqlite_store, "a")
    shutil.copy(path_of(sqlite_store), tmp_path / "cp.db")

    done = back_up(path_of(sqlite_store), tmp_path / "copy.db")

    assert done.size_bytes == (tmp_path / "copy.db").stat().st_size
    assert beside(tmp_path) == {"cp.db", "copy.db"}
    with open_store(f"sqlite:///{tmp_path}/copy.db", now=NOON) as copied:
        assert not copied.is_new
        assert [alert.count for alert in copied.list_alerts(now=NOON)] == [1]
        assert len(copied.list_objects(states=[ObjectState.DONE])) == 1
    with closing(sqlite3.connect(tmp_path / "cp.db")) as alone:
        assert alone.execute("SELECT name FROM sqlite_master WHERE name = 'alerts'").fetchall() == []


def test_a_daemon_that_stopped_has_its_state_copied_too_and_nothing_is_left_beside_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_store(sqlite_url, now=NOON) as store:
        record(store, "a")
        state = path_of(store)
    before = {path.name for path in state.parent.iterdir()}

    back_up(state, tmp_path / "copy.db")

    assert {path.name for path in state.parent.iterdir()} == before
    assert ask(tmp_path / "copy.db", "SELECT count(*) FROM matches") == 1


def test_copies_made_while_another_process_writes_are_each_of_one_moment(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    url = f"sqlite:///{path_of(sqlite_store)}"
    seen: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-m", "tests.doubles.state_writers", "write", url, "w"], cwd=REPOSITORY
    ) as by:
        while by.poll() is None:
            copy = tmp_path / f"{len(seen)}.db"
            back_up(path_of(sqlite_store), copy)
            matched, told, done = (
                ask(copy, query)
                for query in (
                    "SELECT count(*) FROM matches",
                    "SELECT coalesce(sum(count), 0) FROM alerts",
                    "SELECT count(*) FROM objects WHERE state = 'done'",
                )
            )
            assert matched == told == done
            seen.append(matched)
    assert by.returncode == 0
    assert seen == sorted(seen)
    assert len(set(seen)) > 2, "no copy was made while it wrote"
    assert seen[-1] <= EVENTS


def test_only_its_owner_may_read_a_copy(sqlite_store: Store, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        back_up(path_of(sqlite_store), tmp_path / "copy.db")
    finally:
        os.umask(before)
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_room_that_was_freed_is_not_copied(sqlite_store: Store, tmp_path: Path) -> None:
    state = path_of(sqlite_store)
    change(state, "CREATE TABLE big AS SELECT zeroblob(2000000) AS b")
    change(state, "DROP TABLE big")
    assert back_up(state, tmp_path / "copy.db").size_bytes < 1_000_000


def test_nothing_is_overwritten(sqlite_store: Store, tmp_path: Path) -> None:
    state = path_of(sqlite_store)
    there, link = tmp_path / "there.db", tmp_path / "link.db"
    there.write_text("precious")
    link.symlink_to(tmp_path / "nowhere.db")
    for target in (there, link, tmp_path, state):
        with pytest.raises(StoreError, match="is there already"):
            back_up(state, target)
    assert there.read_text() == "precious"
    assert beside(tmp_path) == {"there.db", "link.db"}


def test_a_place_that_cannot_be_written_is_named(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone/copy\.db: No such file or directory; name a file in a folder"):
        back_up(path_of(sqlite_store), tmp_path / "gone" / "copy.db")


def test_a_copy_that_does_not_fit_is_not_begun(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"bytes are needed, 4,096 are free; name another disk"):
        back_up(path_of(sqlite_store), tmp_path / "copy.db", room=lambda folder: 4096)
    assert beside(tmp_path) == set()


def test_a_disk_that_fills_meanwhile_leaves_nothing_behind(sqlite_store: Store, tmp_path: Path) -> None:
    state = path_of(sqlite_store)
    script = (
        f"from pathlib import Path; from daemon.record.backup import back_up; back_up(Path({str(state)!r}), Path('c'))"
    )
    command = f'ulimit -f 32; exec "{sys.executable}" -c "{script}"'
    ended = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True
    )
    assert "StoreError" in ended.stderr.splitlines()[-1]
    assert beside(tmp_path) == set()


def test_a_damaged_state_is_not_passed_on(sqlite_url: str, tmp_path: Path) -> None:
    with open_store(sqlite_url, now=NOON) as store:
        for number in range(20):
            record(store, f"{number}")
        state = path_of(store)
    root = ask(state, "SELECT rootpage FROM sqlite_master WHERE name = 'matches'")
    with state.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(StoreError, match="restore it from a backup"):
        back_up(state, tmp_path / "copy.db")
    assert beside(tmp_path) == set()


def test_a_state_of_an_older_version_is_copied_before_the_upgrade_and_a_newer_one_is_refused(
    sqlite_store: Store, tmp_path: Path
) -> None:
    change(path_of(sqlite_store), "UPDATE alembic_version SET version_num = '0001'")
    back_up(path_of(sqlite_store), tmp_path / "older.db")
    assert ask(tmp_path / "older.db", "SELECT version_num FROM alembic_version") == "0001"

    change(path_of(sqlite_store), "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="9999"):
        back_up(path_of(sqlite_store), tmp_path / "newer.db")


def test_what_is_no_state_is_not_copied(tmp_path: Path) -> None:
    other, empty, target = tmp_path / "other.db", tmp_path / "empty.db", tmp_path / "copy.db"
    change(other, "CREATE TABLE mine (id)")
    empty.touch()
    for path, told in ((other, "other"), (empty, "there is no state in it"), (tmp_path / "none.db", "no state yet")):
        with pytest.raises(StoreError, match=told):
            back_up(path, target)
    with pytest.raises(StoreError, match="is a folder"):
        back_up(tmp_path, target)
    assert not target.exists()
