"""By when somebody must have answered an alert, and why a message comes where it comes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A table, two columns and an index. Alerts that were opened by then are escalated only if they grow."""
    op.create_table(
        "escalations",
        sa.Column("alert_id", sa.Text(), primary_key=True),
        sa.Column("destination", sa.Text(), primary_key=True),
        sa.Column("after_s", _ID, nullable=False),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
    )
    is_waiting = sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_escalations_due_at", "escalations", ["due_at"], sqlite_where=is_waiting, postgresql_where=is_waiting
    )
    op.create_index("ix_alerts_closes_at", "alerts", ["closes_at"])
    op.add_column("deliveries", sa.Column("instead_of", sa.Text()))
    op.add_column("deliveries", sa.Column("unanswered_s", _ID))
