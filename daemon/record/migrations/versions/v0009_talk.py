"""What of an alert was told where and when, so that it can be told what is new since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Columns only. Of alerts that were told before nothing is known, so that their next match tells them anew."""
    op.add_column("alerts", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("alerts", sa.Column("traits", sa.Text()))
    op.add_column("alerts", sa.Column("previous_id", sa.Text()))
    op.add_column("alerts", sa.Column("opened_level", sa.SmallInteger()))
    op.add_column("deliveries", sa.Column("told_version", sa.Integer()))
    op.add_column("deliveries", sa.Column("told_count", sa.Integer()))
    op.add_column("deliveries", sa.Column("told_at", sa.BigInteger()))
    op.add_column("deliveries", sa.Column("talk", sa.Text()))
