"""Several daemons on one database: who holds what, and who has claimed which object and delivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """A table of leases, and a column on what is claimed."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.add_column("objects", sa.Column("claimed_by", sa.Text()))
    op.add_column("deliveries", sa.Column("claimed_by", sa.Text()))
