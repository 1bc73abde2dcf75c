"""A finding as the record that rules look at, shaped like CloudTrail's own so that every rule can be about it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from daemon.model import Finding

SOURCE = "trailwarden.digest"


def event_id(finding: Finding) -> str:
    """The same for the same thing found again, whenever and however often: it alerts nobody twice."""
    parts = (finding.kind, finding.reason, finding.bucket, finding.key, finding.digest_key, finding.found)
    return f"digest:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]}"


def record_of(finding: Finding) -> bytes:
    """The finding as the JSON of one CloudTrail record."""
    told = {
        "bucket": finding.bucket,
        "key": finding.key,
        "url": finding.url,
        "trail": finding.trail,
        "reason": finding.reason,
        "digestKey": finding.digest_key or None,
        "expected": finding.expected or None,
        "found": finding.found or None,
        "since": _text(finding.since),
        "until": _text(finding.until),
    }
    record = {
        "eventVersion": "1.0",
        "eventTime": _text(finding.at),
        "eventSource": SOURCE,
        "eventName": finding.kind.value,
        "eventID": event_id(finding),
        "awsRegion": finding.region,
        "recipientAccountId": finding.account,
        "userIdentity": {"type": "AWSService", "invokedBy": "trailwarden"},
        "requestParameters": {name: value for name, value in told.items() if value is not None},
    }
    return json.dumps(record).encode()


def _text(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
