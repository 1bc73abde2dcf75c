"""A state put back to what an older version left: what later migrations added is taken out again."""

from __future__ import annotations

from sqlalchemy import Connection

_ADDED = (  # by the revision that adds it, oldest first
    ("0007", "DROP TABLE silences"),
    ("0007", "DROP TABLE activity"),
    ("0008", "DROP INDEX ix_matches_hearsay"),
    ("0008", "ALTER TABLE matches DROP COLUMN doubted_at"),
    *(
        ("0009", f"ALTER TABLE alerts DROP COLUMN {name}")
        for name in ("version", "traits", "previous_id", "opened_level")
    ),
    *(
        ("0009", f"ALTER TABLE deliveries DROP COLUMN {name}")
        for name in ("told_version", "told_count", "told_at", "talk")
    ),
    *(("0010", f"DROP TABLE {table}") for table in ("acknowledgements", "verdicts", "mutes", "answers")),
    ("0010", "ALTER TABLE alerts DROP COLUMN muted_by"),
    ("0010", "DROP INDEX ix_alerts_muted_by"),
    ("0011", "ALTER TABLE deliveries DROP COLUMN gathers"),
    ("0011", "ALTER TABLE deliveries DROP COLUMN mentions"),
    ("0011", "ALTER TABLE deliveries DROP COLUMN channel"),
    ("0012", "DROP INDEX ix_alerts_closes_at"),
    ("0012", "DROP TABLE escalations"),
    ("0012", "ALTER TABLE deliveries DROP COLUMN unanswered_s"),
    ("0012", "ALTER TABLE deliveries DROP COLUMN instead_of"),
)


def put_back(connection: Connection, revision: str) -> None:
    """Make it the state of this revision, 0006 or later."""
    for added_by, statement in reversed(_ADDED):
        if added_by > revision:
            connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
