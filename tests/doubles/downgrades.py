"""A state as an earlier version left it: what later migrations added is taken away again."""

from __future__ import annotations

from sqlalchemy import Connection

_ADDED = {
    "0008": ("DROP INDEX ix_matches_hearsay", "ALTER TABLE matches DROP COLUMN doubted_at"),
    "0009": (
        *(f"ALTER TABLE alerts DROP COLUMN {name}" for name in ("version", "traits", "previous_id", "opened_level")),
        *(f"ALTER TABLE deliveries DROP COLUMN {name}" for name in ("told_version", "told_count", "told_at", "talk")),
    ),
}


def downgrade(connection: Connection, *, to: str) -> None:
    """Columns and indexes only; tables are for the caller to drop."""
    for revision, statements in sorted(_ADDED.items(), reverse=True):
        if revision > to:
            for statement in statements:
                connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{to}'")
