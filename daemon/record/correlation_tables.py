"""The tables of correlations: what counts for them, and the bursts in which they fired. Times are microseconds.

A contribution is found by its group and time, which is how windows are read. Plain integers, and not `Instant`:
windows are made of very many rows, and are compared as numbers.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, SmallInteger, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from daemon.record.columns import ID_TYPE
from daemon.record.schema import metadata

correlations = Table(
    "correlations",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("shape", Text, nullable=False),  # hash of what makes contributions comparable: bases, keys, fields
    Column("newest_at", BigInteger),  # of its contributions, by event time
    Column("keep_us", BigInteger, nullable=False),  # timespan and lateness: what is older leaves
    Column("forgotten_to", BigInteger),  # contributions that ended before then may be gone
    Unique("rule_id", "shape"),
)

correlation_groups = Table(
    "correlation_groups",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("correlation_id", ID_TYPE, ForeignKey("correlations.id"), nullable=False),
    Column("digest", Text, nullable=False),  # hash of group_key
    Column("group_key", Text, nullable=False),  # JSON
    Column("due_at", BigInteger),  # when its windows are to be looked at; null: nothing has changed
    Column("changed_from", BigInteger),  # the event times between which something has (if it is due)
    Column("changed_to", BigInteger),
    Unique("correlation_id", "digest"),
)
_due = correlation_groups.c.due_at.is_not(None)
Index(
    "ix_correlation_groups_due",
    *(correlation_groups.c.correlation_id, correlation_groups.c.due_at),
    sqlite_where=_due,
    postgresql_where=_due,
)

# Rows go to the end of the table. What finds them again is in the constraint's index, from which a window is read alone
# unless values count. In a table sorted by group each row would write a page of its own.
contributions = Table(
    "contributions",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("group_id", ID_TYPE, ForeignKey("correlation_groups.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("key", Text, nullable=False),  # event id, or `burst:` and the number of one of a base correlation
    Column("base", SmallInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("value", Text),  # JSON list
    Column("told", Text, nullable=False),  # JSON list of what an alert shows of the event
    Unique("group_id", "at", "key", "base", "until"),
)

bursts = Table(
    "bursts",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("group_id", ID_TYPE, ForeignKey("correlation_groups.id"), nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("alert_id", Text, nullable=False),
    Index("ix_bursts_group_id", "group_id", "first_at"),
    sqlite_autoincrement=True,  # contributions to other correlations name it
)
