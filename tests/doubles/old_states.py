"""States as earlier versions left them: what later migrations made is taken away again."""

from __future__ import annotations

from sqlalchemy import Connection

_MADE_BY = {
    "0010": (
        *(f"DROP TABLE {table}" for table in ("acknowledgements", "verdicts", "mutes", "answers")),
        "DROP INDEX ix_alerts_muted_by",
        "ALTER TABLE alerts DROP COLUMN muted_by",
    ),
    "0008": ("DROP INDEX ix_matches_hearsay", "ALTER TABLE matches DROP COLUMN doubted_at"),
}


def set_back(connection: Connection, *, to: str) -> None:
    """Undo the migrations after this revision."""
    for revision, statements in sorted(_MADE_BY.items(), reverse=True):
        for statement in statements if revision > to else ():
            connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{to}'")
