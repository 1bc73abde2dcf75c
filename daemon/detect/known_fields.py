"""The top-level names of a CloudTrail record, to tell a misspelt field in a rule from a real one."""

from __future__ import annotations

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
