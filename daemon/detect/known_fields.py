"""The top-level names of a CloudTrail record, to tell a misspelt field in a rule from a real one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Paths = TypeVar("Paths", bound=Sequence[str])

RECORD_FIELDS = frozenset(
    {
        "additionalEventData",
        "addendum",
        "apiVersion",
        "awsRegion",
        "edgeDeviceDetails",
        "errorCode",
        "errorMessage",
        "eventCategory",
        "eventContext",
        "eventID",
        "eventName",
        "eventSource",
        "eventTime",
        "eventType",
        "eventVersion",
        "insightDetails",
        "managementEvent",
        "readOnly",
        "recipientAccountId",
        "requestID",
        "requestParameters",
        "resources",
        "responseElements",
        "serviceEventDetails",
        "sessionCredentialFromConsole",
        "sharedEventID",
        "sourceIPAddress",
        "tlsDetails",
        "userAgent",
        "userIdentity",
        "vpcEndpointAccountId",
        "vpcEndpointId",
    }
)
MAX_PARTS = 12  # a path is tried with every part as a key with dots too: the ways double with each part
DERIVED_FIELDS = frozenset({"derived.principal"})


def is_known_field(path: str) -> bool:
    """Whether a dotted path begins with a name that records have, or is one that we derive."""
    return path in DERIVED_FIELDS or path.split(".")[0].split("[")[0] in RECORD_FIELDS


def check_fields(paths: Paths) -> Paths:
    """The fields that matches are told apart by, as they are. Raises ValueError: one is unknown, or stands twice."""
    for path in paths:
        if path.count(".") >= MAX_PARTS:
            raise ValueError(f"'{path[:40]}…' has more than {MAX_PARTS} parts")
        if not is_known_field(path):
            raise ValueError(
                f"'{path}' is no field of a CloudTrail record (and not {' or '.join(sorted(DERIVED_FIELDS))})"
            )
    if len(set(paths)) != len(paths):
        raise ValueError("a field stands twice")
    return paths
