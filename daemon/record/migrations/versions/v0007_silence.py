"""What is heard of each shard, and the silences that people were told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HOUR_US = 3_600_000_000


def upgrade() -> None:
    """Two tables. What the ledger still knows was heard, so that an upgrade makes nobody look silent."""
    activity = op.create_table(
        "activity",
        sa.Column("shard_id", _ID, sa.ForeignKey("shards.id"), primary_key=True, autoincrement=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("event_at", sa.BigInteger()),
        sa.Column("newest_hour", _ID, nullable=False),
        sa.Column("hours", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "silences",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("source_id", _ID, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
        sa.UniqueConstraint("source_id", "account", "path"),
    )
    _fill(op.get_bind(), activity)


def _fill(connection: sa.Connection, activity: sa.Table) -> None:
    known = sa.text(
        "SELECT shard_id, MAX(CASE WHEN stamped_at < seen_at THEN stamped_at ELSE seen_at END) FROM objects"
        " WHERE state IN ('done', 'quarantined') GROUP BY shard_id"
    )
    rows = [
        {"shard_id": shard_id, "heard_at": at, "event_at": None, "newest_hour": at // _HOUR_US, "hours": b"\x01"}
        for shard_id, at in connection.execute(known)
    ]
    if rows:
        connection.execute(sa.insert(activity), rows)
