"""What only PostgreSQL can go wrong with: the way in, the password, servers that go away, deadlocks."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from daemon.errors import StoreError
from daemon.record.engine import BrokenOff, repeated
from daemon.record.store import Access, Settings, Store, has_state, open_store
from tests.doubles import postgres
from tests.doubles.postgres import PASSWORD, execute
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result

ROOT = Path(__file__).parents[3]


def test_the_password_may_come_by_itself_and_is_asked_for_at_each_connection(postgres_url: str) -> None:
    asked: list[str] = []

    def reveal() -> str:
        asked.append(PASSWORD)
        return PASSWORD

    bare = postgres_url.replace(f":{PASSWORD}@", "@")
    with open_store(bare, now=NOON, password=reveal) as store:
        store.database.engine.dispose()
        store.counts()
    assert len(asked) >= 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda url: url.replace(PASSWORD, "wrong-" + PASSWORD), r"password authentication failed.*: correct the user"),
        (lambda url: url + "_not_there", r"does not exist: create it"),
        (lambda url: url.replace(f":{urlsplit(url).port}/", ":1/"), r"127\.0\.0\.1:1/.*: the server is away"),
        (lambda url: url.replace("127.0.0.1", "nowhere.invalid"), r"no such server; correct the host"),
    ],
    ids=["password", "database", "away", "host"],
)
@pytest.mark.parametrize("access", [Access.OWN, Access.READ])
def test_a_way_in_that_is_wrong_is_named_with_its_fix_and_without_the_password(
    postgres_url: str, change: object, told: str, access: Access
) -> None:
    assert callable(change)
    with pytest.raises(StoreError, match=told) as caught:
        open_store(change(postgres_url), now=NOON, access=access)
    assert PASSWORD not in str(caught.value) + repr(caught.value)


def test_without_the_driver_the_fix_is_named() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from datetime import datetime, UTC\n"
        "from daemon.record.store import open_store\n"
        "open_store('postgresql+psycopg://alice:hunter2@127.0.0.1/x', now=datetime.now(UTC))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "StoreError: state.url: the driver for PostgreSQL" in ended.stderr
    assert "install trailwarden[postgres]" in ended.stderr
    assert "hunter2" not in ended.stderr


def test_the_driver_is_not_even_imported_for_a_file(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom datetime import datetime, UTC\nfrom daemon.record.store import open_store\n"
        f"open_store('sqlite:///{tmp_path}/state.db', now=datetime.now(UTC)).close()\n"
        "assert 'psycopg' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_daemons_that_start_at_once_on_an_empty_database_all_come_up() -> None:
    with postgres.database(is_empty=True) as url:
        assert not has_state(url)
        opened: list[Store] = []
        faults: list[BaseException] = []

        def start() -> None:
            try:
                opened.append(open_store(url, now=NOON))
            except BaseException as fault:
                faults.append(fault)

        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert sorted(store.is_new for store in opened) == [False, False, False, True]
        for store in opened:
            store.close()
        assert has_state(url)


def test_a_migration_that_fails_leaves_nothing_behind() -> None:
    with postgres.database(is_empty=True) as url:
        execute(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        execute(url, "INSERT INTO alembic_version VALUES ('0003')")
        execute(url, "CREATE TABLE leases (name TEXT)")  # in the way
        with pytest.raises(StoreError, match="already exists"):
            open_store(url, now=NOON)
        assert len(execute(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'")) == 2


def test_a_database_of_something_else_is_not_touched() -> None:
    with postgres.database(is_empty=True) as url:
        execute(url, "CREATE TABLE invoices (id INTEGER)")
        with pytest.raises(StoreError, match="holds tables of something else"):
            open_store(url, now=NOON)


@pytest.mark.parametrize("access", [Access.READ, Access.SHARE])
def test_looking_at_a_database_without_a_state_makes_none(access: Access) -> None:
    with postgres.database(is_empty=True) as url:
        with pytest.raises(StoreError, match="there is no state yet; start the daemon first"):
            open_store(url, now=NOON, access=access)
        assert execute(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_connections_that_the_server_dropped_are_replaced_unnoticed(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as store:
        store.counts()
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        execute(postgres_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")
        assert store.counts().created_at == NOON


def test_a_transaction_whose_connection_breaks_leaves_nothing_and_says_so(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as store:
        with pytest.raises(StoreError, match="the server is away"):
            _write_and_break(store, postgres_url)
        assert execute(postgres_url, "SELECT 1 FROM meta WHERE name = 'half'") == []


def _write_and_break(store: Store, url: str) -> None:
    ours = "application_name = 'trailwarden' AND datname = current_database()"
    with store.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('half', 'done')")
        execute(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
        connection.exec_driver_sql("SELECT 1")


def test_a_lock_that_somebody_keeps_is_waited_for_only_so_long(postgres_url: str) -> None:
    settings = Settings(busy_timeout_s=0.05)
    with open_store(postgres_url, now=NOON) as other, open_store(postgres_url, now=NOON, settings=settings) as store:
        with other.database.writing() as connection:
            connection.exec_driver_sql("LOCK TABLE sources")
            with pytest.raises(StoreError, match="lock timeout: another connection"):
                store.ledger.open_source(SOURCE, start_at=None, now=NOON)
        store.ledger.open_source(SOURCE, start_at=None, now=NOON)


def test_transactions_that_wait_for_each_other_are_repeated(postgres_url: str) -> None:
    """Two writers lock two rows in opposite order: PostgreSQL breaks one off, which then comes through."""
    with open_store(postgres_url, now=NOON) as store:
        execute(postgres_url, "INSERT INTO meta VALUES ('a', '0'), ('b', '0')")
        both_hold_one = threading.Barrier(2)
        tries: list[str] = []

        @repeated
        def add(first: str, second: str) -> None:
            with store.database.writing() as connection:
                step = "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = %(name)s"
                connection.exec_driver_sql(step, {"name": first})
                if tries.count(first) == 0:
                    tries.append(first)
                    both_hold_one.wait(timeout=20)
                connection.exec_driver_sql(step, {"name": second})

        threads = [threading.Thread(target=add, args=pair) for pair in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert execute(postgres_url, "SELECT value FROM meta WHERE name IN ('a', 'b')") == [("2",), ("2",)]


def test_what_is_broken_off_for_ever_is_told_in_the_end() -> None:
    tries = []

    @repeated
    def attempt() -> None:
        tries.append(1)
        raise BrokenOff("deadlock detected")

    with pytest.raises(StoreError, match="deadlock"):
        attempt()
    assert len(tries) == 5


def test_names_are_told_apart_and_ordered_as_bytes_whatever_the_database_orders_by(postgres_url: str) -> None:
    """Of copies of one event the smallest URL names it; most collations put `a` before `B`."""
    with open_store(postgres_url, now=NOON) as store:
        for unique in ("aaaa", "BBBB", "bbbb"):
            obj = log_object(unique)
            store.recorder.complete([result(match(obj=obj), obj=obj)], plans=[plan()], ruleset_digest="", now=NOON)
        (kept,) = store.iter_matches()
        assert "BBBB" in kept.object_url


def test_the_size_of_the_state_is_that_of_its_tables(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as store:
        before = store.counts().state_bytes
        store.ledger.open_source(SOURCE, start_at=None, now=NOON)
        many = listing(*(log_object(f"{number:016d}") for number in range(2000)))
        assert store.ledger.record_listing(SOURCE, many, is_sweep=False, now=NOON) == 2000
        assert store.counts().state_bytes > before + 100_000
