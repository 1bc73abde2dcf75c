"""The table of what is to happen to alerts that nobody answers."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from daemon.record.columns import ID_TYPE, Instant, Json
from daemon.record.schema import metadata

escalations = Table(
    "escalations",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("destination", Text, primary_key=True),
    Column("after_s", ID_TYPE, nullable=False),  # as the route says it
    Column("mentions", Json, nullable=False),
    Column("due_at", Instant),  # null once that was looked at: it happens once, or never
)
_waiting = escalations.c.due_at.is_not(None)
Index("ix_escalations_due_at", escalations.c.due_at, sqlite_where=_waiting, postgresql_where=_waiting)
