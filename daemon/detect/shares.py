"""How many events pass a test, as a guess: what steers which fields are read and what a rule is indexed under.

It never decides a match. Pure.
"""

from __future__ import annotations

from daemon.condition import Exists, Test, Text, Wildcard

_COMMON_TYPES = {"assumedrole": 0.7, "awsservice": 0.3, "iamuser": 0.3}
_READS = ("get", "list", "describe", "head")
HALF = 0.5


def share_of(field: str, test: Test) -> float:
    """The share of all events whose field passes the test."""
    literal = "".join(part for part in test.parts if not isinstance(part, Wildcard)) if isinstance(test, Text) else ""
    has_wildcard = isinstance(test, Text) and any(isinstance(part, Wildcard) for part in test.parts)
    match field:
        case "eventName" if isinstance(test, Text):
            is_wide = literal.casefold() in _READS or len(literal) < len(_READS[0])
            return 0.002 if not has_wildcard else HALF if is_wide else 0.01
        case "userIdentity.type":
            return _COMMON_TYPES.get(literal.casefold(), 0.01)
        case "eventSource" | "errorCode" if literal:
            return 0.06
        case "readOnly" | "managementEvent" | "awsRegion" | "eventType" | "eventCategory" | "eventVersion":
            return HALF
    depth = field.count(".")
    return HALF if isinstance(test, Exists) or (has_wildcard and not literal) else 0.05 + 0.01 * depth
