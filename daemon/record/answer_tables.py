"""The tables of what people say to alerts: who saw them, verdicts, mutes, and every answer one by one."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from daemon.record.columns import ID_TYPE, Instant
from daemon.record.schema import metadata

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("by_id", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("by_id", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

mutes = Table(
    "mutes",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("duration_s", ID_TYPE, nullable=False),
    Column("with_critical", Boolean, nullable=False),
    Column("alert_id", Text, nullable=False),  # it was made from; a live mute keeps it from being forgotten
    Column("made_by_id", Text, nullable=False),
    Column("made_by_name", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("from_at", Instant),  # null while it waits for a second person, as `until_at` is
    Column("until_at", Instant),
    Column("confirmed_by_id", Text),
    Column("confirmed_by_name", Text),
    Column("ended_by_id", Text),  # who ended it before its time
    Column("ended_by_name", Text),
    Column("ended_at", Instant),
    Index("ix_mutes_until_at", "until_at"),  # what is in force is all that the recording transaction reads
    sqlite_autoincrement=True,  # alerts remember the number: it must never come back
)

answers = Table(
    "answers",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("key", Text, unique=True),  # of a press, so that one that comes twice counts once
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("by_id", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("alert_id", Text, nullable=False),
    Column("mute_id", ID_TYPE),
    Column("before", Text, nullable=False),  # who had done it already
    Index("ix_answers_alert_id", "alert_id"),
    Index("ix_answers_at", "at"),
    sqlite_autoincrement=True,  # deliveries remember the number
)
