"""Correlations: what counts for them, and the bursts in which they fired."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, parents first."""
    op.add_column("alerts", sa.Column("revised", sa.Text()))
    op.create_table(
        "correlations",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("newest_at", sa.BigInteger()),
        sa.Column("keep_us", sa.BigInteger(), nullable=False),
        sa.Column("forgotten_to", sa.BigInteger()),
        sa.UniqueConstraint("rule_id", "shape"),
    )
    op.create_table(
        "correlation_groups",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("correlation_id", _ID, sa.ForeignKey("correlations.id"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in ("due_at", "changed_from", "changed_to")),
        sa.UniqueConstraint("correlation_id", "digest"),
    )
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_correlation_groups_due",
        "correlation_groups",
        ["correlation_id", "due_at"],
        sqlite_where=is_due,
        postgresql_where=is_due,
    )
    op.create_table(
        "contributions",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("group_id", _ID, sa.ForeignKey("correlation_groups.id"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("base", sa.SmallInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("until", "recorded_at")),
        sa.Column("value", sa.Text()),
        sa.Column("told", sa.Text(), nullable=False),
        sa.UniqueConstraint("group_id", "at", "key", "base", "until"),
    )
    op.create_table(
        "bursts",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("group_id", _ID, sa.ForeignKey("correlation_groups.id"), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("first_at", "last_at")),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bursts_group_id", "bursts", ["group_id", "first_at"])
