"""Rows become central types here, and only here; dicts and columns go no further."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from daemon.model import (
    Alert,
    AlertState,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Gathering,
    GroupKey,
    LogObject,
    Mode,
    ObjectState,
    RuleFacts,
    Sample,
    Shard,
    Trait,
    TraitKind,
)
from daemon.ports import LedgerRow, ShardState
from daemon.record.keys import full_key, object_url

_MAX_NESTING = 60  # far deeper than CloudTrail goes; deeper would exhaust whoever walks it


def ledger_row(row: Row[Any]) -> LedgerRow:
    """From objects joined with shards (labelled `shard_…`) and `source_name`."""
    shard = shard_of(row)
    key = row.key or full_key(shard, stamped_at=row.stamped_at, unique=row.unique_part)
    return LedgerRow(
        row_id=row.id,
        source=row.source_name,
        object=LogObject(
            bucket=shard.bucket,
            key=key,
            account=shard.account,
            region=shard.region,
            org_id=shard.org_id,
            kind=shard.kind,
            stamped_at=row.stamped_at,
            unique=row.unique_part,
            size=row.size,
            etag=row.etag,
            last_modified=row.last_modified,
            url=row.url or object_url(shard.bucket, key),
        ),
        state=ObjectState(row.state),
        reason=row.reason,
        attempts=row.attempts,
        seen_at=row.seen_at,
        due_at=row.due_at or row.finished_at or row.seen_at,
    )


def shard_of(row: Row[Any]) -> Shard:
    """From shards, or from anything joined with it."""
    return Shard(
        bucket=row.bucket, path=row.path, org_id=row.org_id, account=row.account, kind=row.kind, region=row.region
    )


def shard_state(row: Row[Any]) -> ShardState:
    """From shards."""
    return ShardState(shard=shard_of(row), listed_at=row.listed_at, swept_at=row.swept_at)


def alert_of(row: Row[Any], *, now: datetime) -> Alert:
    """From alerts; whether it is open is a question of `now`."""
    return Alert(
        id=row.id,
        rule_id=row.rule_id,
        group=tuple((name, value) for name, value in row.group_key),
        level=row.level,
        title=row.title,
        mode=Mode(row.mode),
        state=AlertState.OPEN if row.closes_at > now else AlertState.CLOSED,
        first_at=row.first_at,
        last_at=row.last_at,
        opened_at=row.opened_at,
        grown_at=row.grown_at,
        count=row._mapping["count"],  # a row is a tuple, whose count() is something else
        is_late=row.is_late,
        samples=tuple(map(_sample, row.samples)),
        facts=_facts(row.facts),
        ruleset_digest=row.ruleset_digest,
        revised=row.revised,
        version=row.version,
        traits=tuple(Trait(kind=TraitKind(kind), value=value, since=since) for kind, value, since in row.traits or ()),
        previous_id=row.previous_id,
        opened_level=row.opened_level,
        muted_by=row.muted_by,
    )


def alert_values(alert: Alert, *, closes_at: datetime) -> dict[str, Any]:
    """Into alerts."""
    return {
        "id": alert.id,
        "rule_id": alert.rule_id,
        "is_notice": alert.is_notice,
        "group_key": alert.group,
        "level": alert.level,
        "title": alert.title,
        "mode": alert.mode.value,
        "first_at": alert.first_at,
        "last_at": alert.last_at,
        "opened_at": alert.opened_at,
        "grown_at": alert.grown_at,
        "closes_at": closes_at,
        "count": alert.count,
        "is_late": alert.is_late,
        "samples": [sample_values(sample) for sample in alert.samples],
        "facts": asdict(alert.facts),
        "ruleset_digest": alert.ruleset_digest,
        "revised": alert.revised,
        "version": alert.version,
        "traits": [(trait.kind.value, trait.value, trait.since) for trait in alert.traits],
        "previous_id": alert.previous_id,
        "opened_level": alert.opened_level,
        "muted_by": alert.muted_by,
    }


def delivery_of(row: Row[Any]) -> Delivery:
    """From deliveries; one that waits for its parent counts as due since it was made."""
    return Delivery(
        id=row.id,
        alert_id=row.alert_id,
        destination=row.destination,
        kind=DeliveryKind(row.kind),
        seq=row.seq,
        level=row.level,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at or row.settled_at or row.created_at,
        state=DeliveryState(row.state),
        reason=row.reason,
        remote_ref=row.remote_ref,
        parent_ref=row.parent_ref,
        channel=row.channel,
        mentions=tuple(row.mentions or ()),
        gathers=Gathering(row.gathers) if row.gathers else None,
        instead_of=row.instead_of,
        unanswered_s=row.unanswered_s,
    )


def sample_values(sample: Sample) -> dict[str, Any]:
    """Into the samples of alerts."""
    values = {field.name: getattr(sample, field.name) for field in fields(Sample)}
    if not _is_storable(sample.record):
        values["record"] = {"trailwarden": "this record is nested too deeply or holds too long a number to be kept"}
    return values


def _is_storable(record: Mapping[str, Any]) -> bool:
    if _is_deeper_than(record, _MAX_NESTING):
        return False
    try:
        json.dumps(record, default=str)
    except (TypeError, ValueError):  # a number of more digits than Python will write
        return False
    return True


def _is_deeper_than(value: object, limit: int) -> bool:
    if not isinstance(value, Mapping | list | tuple):
        return False
    children = value.values() if isinstance(value, Mapping) else value
    return limit == 0 or any(_is_deeper_than(child, limit - 1) for child in children)


def _sample(values: Mapping[str, Any]) -> Sample:
    known = {field.name: values[field.name] for field in fields(Sample) if field.name in values}
    pairs: GroupKey = tuple((name, value) for name, value in values.get("fields", ()))
    return Sample(**{**known, "fields": pairs})


def _facts(values: Mapping[str, Any]) -> RuleFacts:
    known: dict[str, Any] = {field.name: values[field.name] for field in fields(RuleFacts) if field.name in values}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return RuleFacts(**(known | lists))
