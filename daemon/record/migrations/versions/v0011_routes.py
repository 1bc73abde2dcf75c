"""Where in a destination a message goes, whom it mentions, and what a summary gathers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Three columns; what is owed by then goes to the destination's own channel and mentions nobody."""
    op.add_column("deliveries", sa.Column("channel", sa.Text()))
    op.add_column("deliveries", sa.Column("mentions", sa.Text()))
    op.add_column("deliveries", sa.Column("gathers", sa.Text()))
