"""Shards that only messages told of, many of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from daemon.model import Shard
from daemon.record.schema import shards, sources
from daemon.record.store import Store
from tests.doubles.state_values import EUROPE


def other(number: int) -> Shard:
    """One of another account."""
    return replace(EUROPE, account=f"{number:012}", path=f"AWSLogs/{number:012}/CloudTrail/eu-west-1")


def crowd(store: Store, count: int) -> None:
    """So many shards that only messages told of."""
    with store.database.writing() as connection:
        shard = connection.execute(select(sources.c.id)).scalar_one()
        values = [{**_shard_values(other(number)), "source_id": shard} for number in range(count)]
        connection.execute(shards.insert(), values)


def _shard_values(shard: Shard) -> dict[str, str | None]:
    return {name: getattr(shard, name) for name in ("path", "bucket", "org_id", "account", "kind", "region")}
