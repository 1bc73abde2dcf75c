"""Findings of proof of completeness between their discovery and the rules: stored, so that a crash loses none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from daemon.model import Finding, FindingKind
from daemon.record.dialect import insert_missing
from daemon.record.digest_tables import digest_findings
from daemon.trail.digests.findings import event_id

_TIMES = ("at", "since", "until")


def add_findings(connection: Connection, source_id: int, findings: Sequence[Finding], *, now: datetime) -> int:
    """Store what is not stored yet; gives how many that are."""
    rows = [
        {
            "event_id": event_id(finding),
            "source_id": source_id,
            "finding": _values(finding),
            "found_at": now,
            "told_at": None,
        }
        for finding in findings
    ]
    if not rows:
        return 0
    before = _count(connection)
    connection.execute(insert_missing(connection, digest_findings), rows)
    return _count(connection) - before


def untold_findings(connection: Connection, *, limit: int) -> list[tuple[str, Finding]]:
    """Those that no rule has looked at, oldest first."""
    query = select(digest_findings.c.event_id, digest_findings.c.finding).where(digest_findings.c.told_at.is_(None))
    rows = connection.execute(query.order_by(digest_findings.c.found_at, digest_findings.c.event_id).limit(limit))
    return [(row.event_id, _finding(row.finding)) for row in rows]


def tell(connection: Connection, event_ids: Sequence[str], *, now: datetime) -> None:
    """Mark them as looked at."""
    query = update(digest_findings).where(digest_findings.c.event_id.in_(event_ids))
    connection.execute(query.values(told_at=now))


def _count(connection: Connection) -> int:
    untold = select(digest_findings.c.event_id).where(digest_findings.c.told_at.is_(None)).subquery()
    return int(connection.execute(select(func.count()).select_from(untold)).scalar_one())


def _values(finding: Finding) -> dict[str, Any]:
    values = {field.name: getattr(finding, field.name) for field in fields(Finding)}
    return values | {name: None if values[name] is None else values[name].isoformat() for name in _TIMES}


def _finding(values: dict[str, Any]) -> Finding:
    times = {name: None if values[name] is None else datetime.fromisoformat(values[name]) for name in _TIMES}
    return Finding(**{**values, **times, "kind": FindingKind(values["kind"])})
