from __future__ import annotations

import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from daemon.errors import StoreError
from daemon.record.migrate import newest_revision
from daemon.record.schema import metadata
from daemon.record.store import Access, Store, open_store
from tests.doubles.state_values import NOON, path_of


def test_the_migrations_make_exactly_the_tables_that_the_code_speaks_of(store: Store) -> None:
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_every_index_is_made_as_the_code_describes_it(sqlite_store: Store) -> None:
    with sqlite_store.database.reading() as connection:
        inspector = inspect(connection)
        for table in metadata.sorted_tables:
            made = {index["name"]: index for index in inspector.get_indexes(table.name)}
            for index in table.indexes:
                where = made[index.name].get("dialect_options", {}).get("sqlite_where")
                expected = str(index.dialect_options["sqlite"]["where"]).replace(f"{table.name}.", "")
                assert str(where).replace("'quarantined'", ":state_1") == expected, index.name


def test_a_schema_newer_than_this_version_is_refused_and_left_alone(state_url: str) -> None:
    with open_store(state_url, now=NOON) as store, store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for access in Access:
        with pytest.raises(StoreError, match=r"of a newer version \(schema 9999\)"):
            open_store(state_url, now=NOON, access=access)


def test_a_migration_that_fails_leaves_nothing_behind(sqlite_url: str) -> None:
    """All tables in one transaction: a crash while upgrading does not leave half a schema."""
    with open_store(sqlite_url, now=NOON) as store:
        path = path_of(store)
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    database.execute("CREATE TABLE matches (id)")  # in the way of the first migration, after other tables were made
    database.commit()
    database.close()
    with pytest.raises(StoreError):
        open_store(sqlite_url, now=NOON)
    database = sqlite3.connect(path)
    assert {row[0] for row in database.execute("SELECT name FROM sqlite_master")} == {"alembic_version", "matches"}
    database.close()


def test_a_crash_while_the_first_schema_was_made_is_made_good(sqlite_url: str) -> None:
    with open_store(sqlite_url, now=NOON) as store:
        path = path_of(store)
    path.write_bytes(b"")
    with open_store(sqlite_url, now=NOON) as store:
        assert store.is_new


def test_the_newest_revision_is_known() -> None:
    assert newest_revision() == "0012"
