"""What people say to alerts: acknowledgements, verdicts, mutes, and each answer; and which mute kept an alert quiet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Four tables, a column and its partial index."""
    op.create_table("acknowledgements", sa.Column("alert_id", sa.Text(), primary_key=True), *_by())
    op.create_table(
        "verdicts",
        sa.Column("alert_id", sa.Text(), primary_key=True),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        *_by(),
    )
    _mutes()
    _answers()
    op.add_column("alerts", sa.Column("muted_by", _ID))
    is_muted = sa.text("muted_by IS NOT NULL")
    columns = ["muted_by", "opened_at"]
    op.create_index("ix_alerts_muted_by", "alerts", columns, sqlite_where=is_muted, postgresql_where=is_muted)


def _mutes() -> None:
    op.create_table(
        "mutes",
        sa.Column("id", _ID, primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        sa.Column("duration_s", _ID, nullable=False),
        sa.Column("with_critical", sa.Boolean(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.BigInteger()),
        sa.Column("until_at", sa.BigInteger()),
        sa.Column("confirmed_by_id", sa.Text()),
        sa.Column("confirmed_by_name", sa.Text()),
        sa.Column("ended_by_id", sa.Text()),
        sa.Column("ended_by_name", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mutes_until_at", "mutes", ["until_at"])


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("mute_id", _ID),
        sa.Column("before", sa.Text(), nullable=False),
        sa.UniqueConstraint("key", name="uq_answers_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_alert_id", "answers", ["alert_id"])
    op.create_index("ix_answers_at", "answers", ["at"])


def _by() -> tuple[sa.Column[str], sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


_TEXTS = ("rule_id", "title", "scope", "account", "principal", "reason")
