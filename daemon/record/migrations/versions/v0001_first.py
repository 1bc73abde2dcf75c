"""The first schema. A migration is history: it is never edited, and takes nothing from the code that goes on living."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table, parents first."""
    _sources_and_objects()
    _alerts_and_matches()
    _deliveries()
    op.create_table("meta", _key(sa.Text(), "name"), _text("value"))
    op.create_table(
        "rule_files",
        _key(sa.Text(), "path"),
        _text("digest"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _instant("loaded_at"),
    )


def _sources_and_objects() -> None:
    op.create_table(
        "sources",
        _key(_INTEGER),
        _text("name"),
        _instant("start_at", nullable=True),
        _instant("first_seen_at"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "shards",
        _key(_INTEGER),
        _integer("source_id", sa.ForeignKey("sources.id")),
        *(_text(name, nullable=name == "org_id") for name in ("path", "bucket", "org_id", "account", "kind", "region")),
        *(_instant(name, nullable=True) for name in ("listed_at", "swept_at", "paused_until")),
        _text("pause_reason", nullable=True),
        sa.UniqueConstraint("source_id", "path"),
    )
    op.create_table(
        "objects",
        _key(_INTEGER),
        _integer("shard_id", sa.ForeignKey("shards.id")),
        _instant("stamped_at"),
        _text("unique_part"),
        _text("key", nullable=True),
        _text("url", nullable=True),
        _integer("size"),
        _text("etag"),
        _instant("last_modified"),
        _text("state"),
        _text("reason", nullable=True),
        _count("attempts"),
        _instant("seen_at"),
        _instant("due_at", nullable=True),
        _instant("finished_at", nullable=True),
        _count("events"),
        _count("rejects"),
        sa.UniqueConstraint("shard_id", "stamped_at", "unique_part"),
        sqlite_autoincrement=True,
    )
    _index(
        "ix_objects_pending", "objects", "stamped_at", "shard_id", "due_at", "last_modified", where="due_at IS NOT NULL"
    )
    _index("ix_objects_quarantined", "objects", "shard_id", "stamped_at", where="state = 'quarantined'")


def _alerts_and_matches() -> None:
    op.create_table("groups", _key(sa.Text()), _text("rule_id"), _text("alert_id", nullable=True))
    op.create_table(
        "alerts",
        _key(sa.Text()),
        _text("rule_id"),
        sa.Column("is_notice", sa.Boolean(), nullable=False),
        _text("group_key"),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        _text("title"),
        _text("mode"),
        *(_instant(name) for name in ("first_at", "last_at", "opened_at", "grown_at", "closes_at")),
        _count("count"),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        *(_text(name) for name in ("samples", "facts", "ruleset_digest")),
    )
    op.create_index("ix_alerts_opened_at", "alerts", ["opened_at"])
    op.create_table(
        "matches",
        _key(_INTEGER),
        _text("rule_id"),
        _text("event_id"),
        _text("alert_id", nullable=True),
        _integer("object_id", nullable=True),
        _instant("recorded_at"),
        _instant("event_at", nullable=True),
        *(_text(f"event_{name}") for name in ("time", "name", "source")),
        *(_text(name) for name in ("account", "region", "actor", "object_url")),
        sa.UniqueConstraint("rule_id", "event_id"),
    )
    op.create_index("ix_matches_recorded_at", "matches", ["recorded_at"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        _key(_INTEGER),
        _text("alert_id", sa.ForeignKey("alerts.id")),
        _text("destination"),
        _text("kind"),
        _integer("seq"),
        _integer("parent_id", nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        _count("attempts"),
        _instant("created_at"),
        _instant("due_at", nullable=True),
        _instant("settled_at", nullable=True),
        _text("state"),
        *(_text(name, nullable=True) for name in ("reason", "remote_ref", "parent_ref")),
        sa.UniqueConstraint("alert_id", "destination", "kind", "seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["destination", "created_at"])
    _index(
        "ix_deliveries_owed",
        "deliveries",
        "destination",
        "level DESC",
        "created_at",
        "due_at",
        where="settled_at IS NULL",
    )
    _index("ix_deliveries_parent_id", "deliveries", "parent_id", where="parent_id IS NOT NULL")


def _index(name: str, table: str, *columns: str, where: str) -> None:
    terms = [sa.text(column) if " " in column else column for column in columns]
    op.create_index(name, table, terms, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _key(kind: sa.types.TypeEngine[Any], name: str = "id") -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True)


def _text(name: str, *items: sa.schema.SchemaItem, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), *items, nullable=nullable)


def _integer(name: str, *items: sa.schema.SchemaItem, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _INTEGER, *items, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)  # microseconds since the epoch


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)
