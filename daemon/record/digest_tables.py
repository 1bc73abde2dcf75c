"""The tables of proof of completeness; part of the one schema, and apart so that each file stays a list."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from daemon.record.columns import ID_TYPE, Instant, Json
from daemon.record.schema import metadata

digest_chains = Table(
    "digest_chains",
    metadata,
    Column("source_id", ID_TYPE, ForeignKey("sources.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("log_path", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("signature", Text, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    Column("source_id", ID_TYPE, ForeignKey("sources.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("etag", Text, nullable=False),  # one that is written anew is looked at anew
    Column("outcome", Text, nullable=False),
    Column("checked_at", Instant, nullable=False),
    Column("files", Integer, nullable=False),
)
Index("ix_digests_checked_at", digests.c.checked_at)

digest_files = Table(
    "digest_files",  # those that a digest names and that are not settled yet
    metadata,
    Column("source_id", ID_TYPE, ForeignKey("sources.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("digest_key", Text, nullable=False),
    Column("trail", Text, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("missed_at", Instant),
)

digest_findings = Table(
    "digest_findings",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("source_id", ID_TYPE, ForeignKey("sources.id"), nullable=False),
    Column("finding", Json, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("told_at", Instant),  # null until rules have looked at it
)
_untold = digest_findings.c.told_at.is_(None)
Index(
    "ix_digest_findings_untold",
    digest_findings.c.found_at,
    sqlite_where=_untold,
    postgresql_where=_untold,
)

digest_keys = Table(
    "digest_keys",
    metadata,
    Column("region", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("der", LargeBinary, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
)
