"""The tables of the state store, as the latest migration leaves them. Nothing here is particular to one database.

Two columns carry a meaning by being null, and the partial indexes rest on it: `objects.due_at` is set exactly while
an object is pending, `deliveries.settled_at` is null exactly while a delivery is owed.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from daemon.model import INLINE_URL
from daemon.record.columns import ID_TYPE, Instant, Json, Rank

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

sources = Table(
    "sources",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("start_at", Instant),
    Column("first_seen_at", Instant, nullable=False),
)

shards = Table(
    "shards",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("source_id", ID_TYPE, ForeignKey("sources.id"), nullable=False),
    Column("path", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("org_id", Text),
    Column("account", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("listed_at", Instant),
    Column("swept_at", Instant),
    Column("paused_until", Instant),
    Column("pause_reason", Text),
    UniqueConstraint("source_id", "path"),
)

objects = Table(
    "objects",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("shard_id", ID_TYPE, ForeignKey("shards.id"), nullable=False),
    Column("stamped_at", Instant, nullable=False),
    Column("unique_part", Text, nullable=False),
    Column("key", Text),  # only where shard, stamp and unique part do not give it
    Column("url", Text),  # only where bucket and key do not give it
    Column("size", ID_TYPE, nullable=False),
    Column("etag", Text, nullable=False),
    Column("last_modified", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("finished_at", Instant),
    Column("events", Integer, nullable=False),
    Column("rejects", Integer, nullable=False),
    Column("claimed_by", Text),  # which daemon works on it, where several share the state; see `leases`
    Column("content_sha256", LargeBinary),  # of the uncompressed content; null where it was not hashed
    Column("proof", Text),  # what digests say of it; null while none has spoken
    UniqueConstraint("shard_id", "stamped_at", "unique_part"),
    sqlite_autoincrement=True,  # matches remember the row: its number must never come back
)
_pending = objects.c.due_at.is_not(None)
Index(
    "ix_objects_pending",
    *(objects.c.stamped_at, objects.c.shard_id, objects.c.due_at, objects.c.last_modified),
    sqlite_where=_pending,
    postgresql_where=_pending,
)
_quarantined = objects.c.state == "quarantined"
Index(
    "ix_objects_quarantined",
    *(objects.c.shard_id, objects.c.stamped_at),
    sqlite_where=_quarantined,
    postgresql_where=_quarantined,
)

groups = Table(
    "groups",
    metadata,
    Column("id", Text, primary_key=True),  # hash of rule id and group
    Column("rule_id", Text, nullable=False),
    Column("alert_id", Text),  # the last alert opened for it
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("is_notice", Boolean, nullable=False),
    Column("group_key", Json, nullable=False),
    Column("level", Rank, nullable=False),
    Column("title", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("grown_at", Instant, nullable=False),
    Column("closes_at", Instant, nullable=False),  # open until then
    Column("count", Integer, nullable=False),
    Column("is_late", Boolean, nullable=False),
    Column("samples", Json, nullable=False),
    Column("facts", Json, nullable=False),
    Column("ruleset_digest", Text, nullable=False),
    Column("revised", Text),  # why late events have contradicted it
    Column("version", Integer, nullable=False, server_default="1"),  # counts the changes that are worth showing
    Column("traits", Json),  # what came up, and in which version
    Column("previous_id", Text),  # the alert of its group before it, which may be forgotten
    Column("opened_level", Rank),  # null: it has not risen
    Column("muted_by", ID_TYPE),  # the mute because of which nobody is told of it
    Index("ix_alerts_opened_at", "opened_at"),
    Index("ix_alerts_closes_at", "closes_at"),  # what has just closed is looked for every few seconds
)
_muted = alerts.c.muted_by.is_not(None)
Index("ix_alerts_muted_by", *(alerts.c.muted_by, alerts.c.opened_at), sqlite_where=_muted, postgresql_where=_muted)

# Of a match: only a queue has told of its event. Spelt out, not bound: only then do planners see that the index fits.
IS_HEARSAY = text(f"substr(object_url, 1, {len(INLINE_URL)}) = '{INLINE_URL}'")
matches = Table(
    "matches",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("alert_id", Text),
    Column("object_id", ID_TYPE),  # the ledger's row, which may be gone; none in replay
    Column("recorded_at", Instant, nullable=False),
    Column("event_at", Instant),
    Column("event_time", Text, nullable=False),
    Column("event_name", Text, nullable=False),
    Column("event_source", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("object_url", Text, nullable=False),
    Column("combination", Text),  # of a first-seen rule: hash of what was seen
    Column("doubted_at", Instant),  # of what a queue said: when somebody was told that no log file confirms it
    UniqueConstraint("rule_id", "event_id"),
    Index("ix_matches_recorded_at", "recorded_at"),
    Index("ix_matches_hearsay", "object_url", "recorded_at", sqlite_where=IS_HEARSAY, postgresql_where=IS_HEARSAY),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("alert_id", Text, ForeignKey("alerts.id"), nullable=False),
    Column("destination", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("seq", ID_TYPE, nullable=False),
    Column("parent_id", ID_TYPE),  # details: their open; a held open: its summary
    Column("level", Rank, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant),  # null: waits for its parent
    Column("settled_at", Instant),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("remote_ref", Text),
    Column("parent_ref", Text),
    Column("claimed_by", Text),  # which daemon is about to send it
    Column("told_version", Integer),  # of the alert when this was last sent
    Column("told_count", Integer),
    Column("told_at", Instant),  # kept when an update, reply or broadcast falls due again
    Column("talk", Text),  # of an open: the kinds that may follow it, separated by commas
    Column("channel", Text),  # where it is not the destination's own
    Column("mentions", Json),
    Column("gathers", Text),  # of a summary, and of the opens that it holds: why they are told together
    Column("instead_of", Text),  # the destination in whose place it is told, since that was paused
    Column("unanswered_s", ID_TYPE),  # it is told because nobody has answered the alert for so long
    UniqueConstraint("alert_id", "destination", "kind", "seq"),
    Index("ix_deliveries_created_at", "destination", "created_at"),
    sqlite_autoincrement=True,
)
_owed = deliveries.c.settled_at.is_(None)
Index(
    "ix_deliveries_owed",
    *(deliveries.c.destination, deliveries.c.level.desc(), deliveries.c.created_at, deliveries.c.due_at),
    sqlite_where=_owed,
    postgresql_where=_owed,
)
_child = deliveries.c.parent_id.is_not(None)
Index("ix_deliveries_parent_id", deliveries.c.parent_id, sqlite_where=_child, postgresql_where=_child)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),  # by the database's clock, microseconds
)

rule_files = Table(
    "rule_files",
    metadata,
    Column("path", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

first_seen_rules = Table(
    "first_seen_rules",
    metadata,
    Column("id", ID_TYPE, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # hash of rule id and fields: other fields begin anew
    Column("rule_id", Text, nullable=False),
    Column("began_at", Instant, nullable=False),  # recording clock, or as far back as history was learned
    Column("forget_s", ID_TYPE, nullable=False),
    Column("left_at", Instant),  # null while it is in force
)

first_seen = Table(
    "first_seen",
    metadata,
    Column("rule", ID_TYPE, ForeignKey("first_seen_rules.id"), primary_key=True),
    Column("combination", Text, primary_key=True),  # hash
    Column("last_at", Instant, nullable=False),  # event time
    sqlite_with_rowid=False,  # the key is nearly the whole row
)
