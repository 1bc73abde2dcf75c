"""What the corpus is made of: good events that must be found, files around records, and the description of a case."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

ACCOUNT = "111122223333"
NAME = "CorpusFound"
RULE = f"""\
title: An event of the corpus
id: 6f2a1c7e-0b7e-4f5c-9a35-0d3c5a1e0c01
status: test
description: Every good event of the corpus has this name.
level: high
logsource: {{product: aws, service: cloudtrail}}
detection:
  found: {{eventName: {NAME}}}
  condition: found
trailwarden:
  group_by: [eventName]
"""
DONE, SET_ASIDE = "done", "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A log file. Of its events those with the ids in `found` must be matched; `rejects` records cannot be decoded.

    `reason` is why it is set aside, None where it is done. `is_large` files are made and read last, one by one.
    """

    name: str
    content: Callable[[], bytes]
    found: tuple[str, ...]
    reason: str | None = None
    rejects: int = 0
    is_large: bool = False


def event_id(case: str, number: int) -> str:
    """Of a good event; the same for ever."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/{case}/{number}"))


def ids(case: str, count: int) -> tuple[str, ...]:
    """Of the good events of a case."""
    return tuple(event_id(case, number) for number in range(count))


def event(case: str, number: int, **more: Any) -> dict[str, Any]:
    """A good event, with whatever else it holds."""
    identity = {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "accountId": ACCOUNT,
        "userName": "alice",
    }
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": "2026-03-01T12:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": NAME,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": {"groupName": "admins"},
        "responseElements": None,
        "requestID": "7a1a1b3c-0000-4000-8000-000000000000",
        "eventID": event_id(case, number),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    } | more


def text(value: Any) -> bytes:
    """JSON as CloudTrail writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def good(case: str, count: int) -> list[bytes]:
    """The JSON text of so many good events."""
    return [text(event(case, number)) for number in range(count)]


def file_of(records: Iterable[bytes]) -> bytes:
    """A log file's content."""
    return b'{"Records":[' + b",".join(records) + b"]}"


def packed(content: bytes) -> bytes:
    """As it is stored. No time in the header, so that the same case is always the same bytes."""
    return gzip.compress(content, mtime=0)


def between(case: str, *odd: bytes) -> Callable[[], bytes]:
    """A log file with odd records between two good ones."""
    return lambda: packed(file_of([text(event(case, 0)), *odd, text(event(case, 1))]))
