"""How many events pass a test, as a guess: what steers which fields are read and what a rule is indexed under.

It never decides a match. Pure.
"""

from __future__ import annotations

from daemon.condition import Exists, Test, Text, Wildcard

HALF = 0.5
_COMMON_TYPES = {"assumedrole": 0.7, "awsservice": 0.3, "iamuser": 0.3}
_READS = ("get", "list", "describe", "head")
# Calls that come all day in most accounts, so that a rule on one of them is dismissed by something else besides.
_COMMON_CALLS = {
    "assumerole", "assumerolewithsaml", "assumerolewithwebidentity", "getcalleridentity", "decrypt", "encrypt",
    "generatedatakey", "describeinstances", "describenetworkinterfaces", "describevolumes", "describesecuritygroups",
    "describeloggroups", "createlogstream", "getobject", "putobject", "listobjects", "headobject", "getbucketacl",
    "getparameter", "getparameters", "getparametersbypath", "getsecretvalue", "getrole", "listroles",
    "updateinstanceinformation", "createnetworkinterface", "deletenetworkinterface", "createtags", "batchgetimage",
    "describeservices", "describetasks", "sendmessage", "receivemessage", "invoke", "putmetricdata", "lookupevents",
}  # fmt: skip


def share_of(field: str, test: Test) -> float:
    """The share of all events whose field passes the test."""
    literal = "".join(part for part in test.parts if not isinstance(part, Wildcard)) if isinstance(test, Text) else ""
    has_wildcard = isinstance(test, Text) and any(isinstance(part, Wildcard) for part in test.parts)
    match field:
        case "eventName" if isinstance(test, Text):
            return _of_calls(literal.casefold(), has_wildcard=has_wildcard)
        case "userIdentity.type":
            return _COMMON_TYPES.get(literal.casefold(), 0.01)
        case "eventSource" if literal:
            return 0.12
        case "errorCode" if literal:
            return 0.06
        case "readOnly" | "managementEvent" | "awsRegion" | "eventType" | "eventCategory" | "eventVersion":
            return HALF
    depth = field.count(".")
    return HALF if isinstance(test, Exists) or (has_wildcard and not literal) else 0.05 + 0.01 * depth


def _of_calls(name: str, *, has_wildcard: bool) -> float:
    if name in _COMMON_CALLS:
        return 0.11
    if not has_wildcard:
        return 0.002
    return HALF if name in _READS or len(name) < len(_READS[0]) else 0.01
