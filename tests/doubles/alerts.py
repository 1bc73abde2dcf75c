"""Alerts, deliveries and parcels for tests: every field has a plain default, and tests name what they care about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from daemon.model import (
    Alert,
    AlertState,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Level,
    Mode,
    RuleFacts,
    Sample,
)
from daemon.ports import Parcel
from daemon.trail.identity import resolve_actor
from daemon.trail.masking import mask_record
from daemon.trail.summary import default_summary

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def a_record(**changes: Any) -> dict[str, Any]:
    """A record as CloudTrail writes it: alice deletes a group."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/alice",
            "accountId": "111122223333",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "alice",
        },
        "eventTime": "2026-03-01T11:53:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteGroup",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": {"groupName": "testgroup"},
        "responseElements": None,
        "eventID": "4f1a2b3c-0000-4000-8000-000000000001",
        "recipientAccountId": "111122223333",
    } | changes


def a_sample(record: dict[str, Any] | None = None, /, **changes: Any) -> Sample:
    """What an alert keeps of a record."""
    record = a_record() if record is None else record
    actor = resolve_actor(record)
    values: dict[str, Any] = {
        "event_id": record.get("eventID", ""),
        "time": record.get("eventTime", ""),
        "name": record.get("eventName", ""),
        "source": record.get("eventSource", ""),
        "account": record.get("recipientAccountId", ""),
        "region": record.get("awsRegion", ""),
        "actor": actor.label,
        "object_url": "s3://trail/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/one.json.gz",
        "summary": default_summary(record, actor),
        "fields": (("eventName", str(record.get("eventName", ""))),),
        "record": mask_record(record, max_bytes=65_536),
    }
    return Sample(**(values | changes))


def an_alert(**changes: Any) -> Alert:
    """An alert with one sample, opened seven minutes after its event."""
    values: dict[str, Any] = {
        "id": "alert-1",
        "rule_id": "0d5a4b7e-0000-4000-8000-000000000002",
        "group": (
            ("recipientAccountId", "111122223333"),
            ("derived.principal", "arn:aws:iam::111122223333:user/alice"),
        ),
        "level": Level.HIGH,
        "title": "IAM group deleted",
        "mode": Mode.ALERT,
        "state": AlertState.OPEN,
        "first_at": NOW - timedelta(minutes=7),
        "last_at": NOW - timedelta(minutes=7),
        "opened_at": NOW,
        "grown_at": NOW,
        "count": 1,
        "is_late": False,
        "samples": (a_sample(),),
        "facts": RuleFacts(
            description="Somebody deleted an IAM group.",
            tags=("attack.impact", "attack.t1531"),
            false_positives=("Tidying up after a project",),
            runbook="https://runbooks.example.com/iam",
            path="rules/iam_group_deleted.yml",
        ),
        "ruleset_digest": "d1",
    }
    return Alert(**(values | changes))


def a_delivery(**changes: Any) -> Delivery:
    """An open, due now for `security`."""
    values: dict[str, Any] = {
        "id": 1,
        "alert_id": "alert-1",
        "destination": "security",
        "kind": DeliveryKind.OPEN,
        "seq": 0,
        "level": Level.HIGH,
        "attempts": 0,
        "created_at": NOW,
        "due_at": NOW,
        "state": DeliveryState.DUE,
    }
    return Delivery(**(values | changes))


def a_parcel(*alerts: Alert, **changes: Any) -> Parcel:
    """A delivery of these alerts; the changes are the delivery's."""
    told = alerts or (an_alert(),)
    return Parcel(delivery=a_delivery(**({"alert_id": told[0].id, "level": told[0].level} | changes)), alerts=told)
