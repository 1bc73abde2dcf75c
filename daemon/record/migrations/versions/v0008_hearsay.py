"""Whether somebody was told that no log file confirms what a queue said, and an index of just these matches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """A column and a partial index. What is unconfirmed by then is told with the first look."""
    op.add_column("matches", sa.Column("doubted_at", sa.BigInteger()))
    is_hearsay = sa.text("substr(object_url, 1, 6) = 'queue:'")
    op.create_index(
        "ix_matches_hearsay",
        "matches",
        ["object_url", "recorded_at"],
        sqlite_where=is_hearsay,
        postgresql_where=is_hearsay,
    )
