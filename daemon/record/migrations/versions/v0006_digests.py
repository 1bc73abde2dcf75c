"""What proof of completeness remembers. Like every migration it takes nothing from the code that goes on living."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Two columns of log files, and the tables of chains, digests, their files, findings and keys."""
    op.add_column("objects", sa.Column("content_sha256", sa.LargeBinary()))
    op.add_column("objects", sa.Column("proof", sa.Text()))
    op.create_table(
        "digest_chains",
        _source(),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("log_path", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
    )
    op.create_table(
        "digests",
        _source(),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
    )
    op.create_index("ix_digests_checked_at", "digests", ["checked_at"])
    op.create_table(
        "digest_files",
        _source(),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("digest_key", sa.Text(), nullable=False),
        sa.Column("trail", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("missed_at", sa.BigInteger()),
    )
    _findings()
    op.create_table(
        "digest_keys",
        sa.Column("region", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
    )


def _source() -> sa.Column[int]:
    return sa.Column("source_id", _INTEGER, sa.ForeignKey("sources.id"), primary_key=True)


def _findings() -> None:
    op.create_table(
        "digest_findings",
        sa.Column("event_id", sa.Text(), primary_key=True),
        sa.Column("source_id", _INTEGER, sa.ForeignKey("sources.id"), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger()),
    )
    untold = sa.text("told_at IS NULL")
    op.create_index(
        "ix_digest_findings_untold", "digest_findings", ["found_at"], sqlite_where=untold, postgresql_where=untold
    )
