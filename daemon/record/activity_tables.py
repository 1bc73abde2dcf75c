"""The tables of what is heard of each shard, and of the silences that people were told of."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text, UniqueConstraint

from daemon.record.columns import ID_TYPE, Instant
from daemon.record.schema import metadata

activity = Table(
    "activity",
    metadata,
    Column("shard_id", ID_TYPE, ForeignKey("shards.id"), primary_key=True, autoincrement=False),
    Column("heard_at", Instant, nullable=False),  # the newest stamp of a file that was worked on
    Column("event_at", Instant),  # the newest event in one
    Column("newest_hour", ID_TYPE, nullable=False),  # since 1970; `hours` counts back from it
    Column("hours", LargeBinary, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("source_id", ID_TYPE, ForeignKey("sources.id"), nullable=False),
    Column("account", Text, nullable=False),  # empty: the whole source
    Column("path", Text, nullable=False),  # of the shard; empty: the whole account, or source
    Column("since", Instant, nullable=False),
    Column("told_at", Instant),  # null: nobody was told yet
    UniqueConstraint("source_id", "account", "path"),
)
