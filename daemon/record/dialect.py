"""The few statements that SQLite and PostgreSQL write alike but SQLAlchemy keeps apart."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

AnyInsert = sqlite.Insert | postgresql.Insert


def insert_missing(connection: Connection, table: Table) -> AnyInsert:
    """`INSERT … ON CONFLICT DO NOTHING`: rows whose key is there already are passed over."""
    return _insert(connection, table).on_conflict_do_nothing()


def replace_rows(connection: Connection, table: Table, *, key: str) -> AnyInsert:
    """`INSERT … ON CONFLICT (key) DO UPDATE`: rows whose key is there already are overwritten."""
    insert = _insert(connection, table)
    changes: dict[str, Any] = {column.name: insert.excluded[column.name] for column in table.c if column.name != key}
    return insert.on_conflict_do_update(index_elements=[key], set_=changes)


def _insert(connection: Connection, table: Table) -> AnyInsert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
