"""Writes log files into a bucket as CloudTrail does, around the present time."""

from __future__ import annotations

import gzip
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

ACCOUNT = "111122223333"
RULE = """\
title: IAM group deleted
id: 6f2a1c7e-0b7e-4f5c-9a35-0d3c5a1e0001
status: stable
description: Every deletion of a group is an alert of its own.
level: high
logsource: {product: aws, service: cloudtrail}
detection:
  deleted: {eventSource: iam.amazonaws.com, eventName: DeleteGroup}
  condition: deleted
trailwarden:
  summary: "{actor} deleted {requestParameters.groupName}"
  group_by: [requestParameters.groupName]
"""


class Bucket(Protocol):
    """The two calls of boto3's S3 client that a trail's writer needs."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> Any:  # noqa: N803 — boto3's names
        """Write an object."""


def deleted_group(name: str, *, region: str = "us-east-1", at: datetime | None = None) -> dict[str, Any]:
    """An event that the rule says yes to; the same name is the same event."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "accountId": ACCOUNT,
            "userName": "alice",
        },
        "eventTime": f"{at or datetime.now(UTC) - timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteGroup",
        "awsRegion": region,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": {"groupName": name},
        "responseElements": None,
        "eventID": str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def looked_around(number: int) -> dict[str, Any]:
    """An event that no rule minds."""
    event = deleted_group(f"harmless-{number}")
    return {**event, "eventName": "ListGroups", "requestParameters": None, "readOnly": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """A trail in one bucket. `deliver` gives the key it wrote."""

    s3: Bucket
    bucket: str
    prefix: str = ""

    def deliver(
        self,
        *events: dict[str, Any],
        region: str = "us-east-1",
        minutes_ago: float = 5,
        stamped_at: datetime | None = None,
        content: bytes | None = None,
    ) -> str:
        """Write a file stamped that long ago; `content` replaces what CloudTrail would have written."""
        stamp = stamped_at or datetime.now(UTC) - timedelta(minutes=minutes_ago)
        name = f"{ACCOUNT}_CloudTrail_{region}_{stamp:%Y%m%dT%H%MZ}_{uuid.uuid4().hex[:16]}.json.gz"
        key = f"{self.prefix}AWSLogs/{ACCOUNT}/CloudTrail/{region}/{stamp:%Y/%m/%d}/{name}"
        body = content if content is not None else gzip.compress(json.dumps({"Records": list(events)}).encode())
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key
