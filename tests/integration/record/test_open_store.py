from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from daemon.errors import StoreError, StoreLocked
from daemon.ports import StoredRuleFile
from daemon.record.store import Access, Settings, Store, open_store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, path_of

needs_a_plain_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def test_a_new_store_says_so_once_and_makes_its_folder(tmp_path: Path) -> None:
    url = url_of(tmp_path / "deep" / "er" / "state.db")
    with open_store(url, now=NOON) as store:
        assert store.is_new
    with open_store(url, now=NOON.replace(year=2030)) as store:
        assert not store.is_new
        assert store.counts().created_at == NOON


def test_what_was_committed_is_there_after_reopening(state_url: str) -> None:
    with open_store(state_url, now=NOON) as store:
        store.ledger.open_source(SOURCE, start_at=None, now=NOON)
        store.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=False, now=NOON)
    with open_store(state_url, now=NOON) as store:
        assert len(store.ledger.pending(SOURCE, now=NOON, limit=9)) == 1


def test_sqlite_runs_with_a_log_and_with_full_sync(sqlite_store: Store) -> None:
    with sqlite_store.database.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


def test_the_file_is_not_for_everybody(sqlite_store: Store) -> None:
    assert stat.S_IMODE(path_of(sqlite_store).stat().st_mode) & 0o007 == 0


def test_a_second_daemon_is_refused_and_told_who_holds_it(sqlite_store: Store, sqlite_url: str) -> None:
    with pytest.raises(StoreLocked, match=rf"trailwarden\.db: in use by process {os.getpid()} on .*\.lock"):
        open_store(sqlite_url, now=NOON)


def test_closing_lets_the_next_daemon_in(state_url: str) -> None:
    open_store(state_url, now=NOON).close()
    open_store(state_url, now=NOON).close()


def test_closing_twice_is_harmless(state_url: str) -> None:
    store = open_store(state_url, now=NOON)
    store.close()
    store.close()


def test_a_failed_opening_lets_go_of_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"no database at all, but longer than a header" * 100)
    for _ in range(2):
        with pytest.raises(StoreError, match="not a database: the file is something else"):
            open_store(url_of(path), now=NOON)


def test_a_truncated_file_is_said_to_be_damaged(tmp_path: Path, sqlite_url: str) -> None:
    with open_store(sqlite_url, now=NOON) as store:
        path = path_of(store)
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(StoreError, match="damaged"):
        open_store(sqlite_url, now=NOON)


def test_a_database_of_something_else_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE invoices (id)")
    other.close()
    with pytest.raises(StoreError, match="holds tables of something else"):
        open_store(url_of(path), now=NOON)
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("SELECT name FROM sqlite_master")] == ["invoices"]
    other.close()


@pytest.mark.parametrize("access", Access)
def test_a_folder_in_place_of_the_file_is_named_as_one(tmp_path: Path, access: Access) -> None:
    (tmp_path / "state.db").mkdir()
    with pytest.raises(StoreError, match=r"state\.db: is a folder; name a file in state\.url"):
        open_store(url_of(tmp_path / "state.db"), now=NOON, access=access)
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]


def test_what_is_no_state_is_left_as_it_is_with_nothing_beside_it(tmp_path: Path) -> None:
    note, other = tmp_path / "note.txt", tmp_path / "other.db"
    note.write_text("a note, and no database" * 100)
    with sqlite3.connect(other) as invoices:
        invoices.execute("CREATE TABLE invoices (id)")
    invoices.close()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for path in (note, other):
        with pytest.raises(StoreError, match="something else"):
            open_store(url_of(path), now=NOON)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError, match="cannot be created"):
        open_store(url_of(tmp_path / "state" / "state.db"), now=NOON)


@needs_a_plain_user
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="write permission"):
        open_store(url_of(tmp_path / "state.db"), now=NOON)


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://db", "postgresql:db/x", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://x", ""],
)
def test_a_url_that_names_no_state_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"state\.url"):
        open_store(url, now=NOON)


@pytest.mark.parametrize("access", [Access.READ, Access.SHARE])
def test_looking_at_a_state_that_is_not_there_creates_none(tmp_path: Path, access: Access) -> None:
    with pytest.raises(StoreError, match="there is no state yet"):
        open_store(url_of(tmp_path / "state.db"), now=NOON, access=access)
    assert list(tmp_path.iterdir()) == []


def test_looking_beside_a_running_daemon_sees_its_work_and_writes_nothing(store: Store, state_url: str) -> None:
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    with open_store(state_url, now=NOON, access=Access.READ) as looking:
        assert list(looking.counts().sources) == [SOURCE]
        with pytest.raises(StoreError, match=r"read-?only"):
            looking.ledger.open_source("s3://other", start_at=None, now=NOON)


def test_looking_at_a_state_of_an_older_version_asks_for_the_daemon(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    sqlite3.connect(path).close()
    path.touch()
    with pytest.raises(StoreError, match="start the daemon once"):
        open_store(url_of(path), now=NOON, access=Access.READ)


def test_a_database_that_somebody_else_keeps_locked_is_a_clear_error_and_leaves_nothing(sqlite_url: str) -> None:
    with open_store(sqlite_url, now=NOON, settings=Settings(busy_timeout_s=0.05)) as store:
        other = sqlite3.connect(path_of(store), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked: another process"):
            store.ledger.open_source(SOURCE, start_at=None, now=NOON)
        other.execute("ROLLBACK")
        other.close()
        assert not store.counts().sources


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(sqlite_store: Store) -> None:
    sqlite_store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    many = listing(*(log_object(f"{number:016d}") for number in range(5000)))
    with sqlite_store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=50")
    with pytest.raises(StoreError, match="is full: the disk is full"):
        sqlite_store.ledger.record_listing(SOURCE, many, is_sweep=False, now=NOON)
    assert sqlite_store.ledger.shard_states(SOURCE) == {}
    with sqlite_store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    assert sqlite_store.ledger.record_listing(SOURCE, many, is_sweep=False, now=NOON) == 5000


def test_an_error_never_shows_the_values_of_a_statement(store: Store) -> None:
    with pytest.raises(StoreError) as caught, store.database.reading() as connection:
        connection.exec_driver_sql("SELECT ? FROM nowhere", ("secret",))
    assert "secret" not in str(caught.value)


def test_rule_files_are_kept_replaced_and_forgotten(store: Store) -> None:
    first = StoredRuleFile(path="a.yml", digest="1", content=b"\x00\xff", loaded_at=NOON)
    second = StoredRuleFile(path="b.yml", digest="2", content=b"", loaded_at=NOON)
    store.rules.keep_rule_files(keep=[first, second], forget=["never-there.yml"])
    assert store.rules.rule_files() == {"a.yml": first, "b.yml": second}
    newer = StoredRuleFile(path="a.yml", digest="3", content=b"new", loaded_at=NOON.replace(year=2027))
    store.rules.keep_rule_files(keep=[newer], forget=["b.yml"])
    assert store.rules.rule_files() == {"a.yml": newer}
    store.rules.keep_rule_files(keep=[], forget=[])
    assert store.rules.rule_files() == {"a.yml": newer}
