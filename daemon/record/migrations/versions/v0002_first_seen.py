"""What first-seen rules remember. Like every migration it takes nothing from the code that goes on living."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two tables, and which combination a match was of."""
    op.create_table(
        "first_seen_rules",
        sa.Column("id", _INTEGER, primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("forget_s", _INTEGER, nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "first_seen",
        sa.Column("rule", _INTEGER, sa.ForeignKey("first_seen_rules.id"), primary_key=True),
        sa.Column("combination", sa.Text(), primary_key=True),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.add_column("matches", sa.Column("combination", sa.Text()))
