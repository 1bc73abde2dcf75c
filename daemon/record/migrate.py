"""Bring a database to the schema this version knows, in one transaction, or refuse it with a reason."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select

from daemon.errors import StoreError
from daemon.record.dialect import insert_missing, lock_schema
from daemon.record.engine import Database
from daemon.record.schema import meta

_FOLDER = Path(__file__).parent / "migrations"
_BORN = "created_at"


def upgrade(database: Database, *, now: datetime) -> bool:
    """Run the migrations that are missing; says whether the state is new. Raises StoreError for a newer schema."""
    with database.writing() as connection:
        lock_schema(connection)  # of daemons that start at once, the others find it done
        _refuse_foreign(connection, name=database.name)
        if _revision(connection) != newest_revision():
            _run(connection)
        row = {"name": _BORN, "value": now.isoformat()}
        born = insert_missing(connection, meta).returning(meta.c.name)
        return connection.execute(born, row).first() is not None


def refuse_foreign(database: Database) -> None:
    """Look, before anything is made or changed: raises StoreError for a database that is not ours, or newer."""
    with database.reading() as connection:
        _refuse_foreign(connection, name=database.name)


def is_made(database: Database) -> bool:
    """Whether there is a state of ours at all. Raises StoreError for a database that is not ours, or newer."""
    with database.reading() as connection:
        _refuse_foreign(connection, name=database.name)
        return _revision(connection) is not None


def require_current(database: Database) -> None:
    """For those who only look on: raises StoreError unless the schema is exactly the one this version knows."""
    with database.reading() as connection:
        _refuse_foreign(connection, name=database.name)
        if _revision(connection) != newest_revision():
            raise StoreError(f"{database.name}: is of an older version; start the daemon once to bring it up to date")


def born_at(connection: Connection) -> datetime:
    """When this state was created."""
    return datetime.fromisoformat(connection.execute(select(meta.c.value).where(meta.c.name == _BORN)).scalar_one())


def newest_revision() -> str | None:
    """The schema this version knows."""
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_foreign(connection: Connection, *, name: str) -> None:
    revision = _revision(connection)
    known = {script.revision for script in ScriptDirectory(str(_FOLDER)).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            f"{name}: is of a newer version (schema {revision}); use that version of Trailwarden, or a new state"
        )
    if revision is None and inspect(connection).get_table_names():
        raise StoreError(f"{name}: holds tables of something else; name another place in state.url")


def _run(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
