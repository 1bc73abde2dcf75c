"""Which fields of a record the rules can be dismissed by: conditions in, the paths worth reading out.

The estimate of how often a test holds only steers which fields are read; it never decides a match.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daemon.condition import And, Condition, Exists, FieldRef, FieldTest, Not, Null, Or, Text, Wildcard
from daemon.detect.columns import is_readable

_SELECTIVE = 0.1  # a rule that fewer events reach needs no further field
_NEVER_READ = {
    "userIdentity",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "resources",
    "tlsDetails",
}
_COMMON_TYPES = {"assumedrole": 0.7, "awsservice": 0.3, "iamuser": 0.3}
_READS = ("get", "list", "describe", "head")
_HALF = 0.5  # a test that more events pass is not worth reading its field
_MOST_PARTS = 4
_MOST_NAMED = 0.05  # however many names a rule lists, most events have another
_TELLING = ("eventName", "errorCode", "eventSource", "userIdentity.type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Fields to read for a condition, and the share of events that they leave, as a guess."""

    fields: frozenset[str]
    share: float


def choose_fields(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """The fields by which these conditions can be dismissed, the most telling first, none within another."""
    plans = [plan(condition) for condition in conditions]
    fields = {field for chosen in plans if chosen for field in chosen.fields}
    above = {field[:end] for field in fields for end, letter in enumerate(field) if letter == "."}
    return tuple(sorted(fields - above, key=lambda field: (_TELLING.index(field) if field in _TELLING else 9, field)))


def plan(condition: Condition) -> Plan | None:
    """The cheapest fields that dismiss most events for a condition; None where no field can."""
    match condition:
        case FieldTest():
            return _of_test(condition)
        case And(items=items):
            return _of_all([found for found in map(plan, items) if found])
        case Or(items=items):
            return _of_any([plan(item) for item in items])
        case Not(item=Not(item=inner)):
            return plan(inner)
        case Not(item=Or(items=items)):
            return plan(And(items=tuple(Not(item=item) for item in items)))
        case Not(item=And(items=items)):
            return plan(Or(items=tuple(Not(item=item) for item in items)))
    return None  # a negated test or a keyword: nearly every event would stay


def _of_test(condition: FieldTest) -> Plan | None:
    field, test = condition.field, condition.test
    parts = field.split(".")
    is_worth_it = parts[0] not in {"derived", "resources"} and field not in _NEVER_READ and len(parts) <= _MOST_PARTS
    if not is_worth_it or not is_readable(field) or isinstance(test, Null | FieldRef) or test == Exists(expected=False):
        return None
    return Plan(fields=frozenset({field}), share=_share(field, test))


def _share(field: str, test: object) -> float:
    literal = "".join(part for part in test.parts if not isinstance(part, Wildcard)) if isinstance(test, Text) else ""
    has_wildcard = isinstance(test, Text) and any(isinstance(part, Wildcard) for part in test.parts)
    match field:
        case "eventName" if isinstance(test, Text):
            is_wide = literal.casefold() in _READS or len(literal) < len(_READS[0])
            return 0.002 if not has_wildcard else _HALF if is_wide else 0.01
        case "userIdentity.type":
            return _COMMON_TYPES.get(literal.casefold(), 0.01)
        case "eventSource" | "errorCode" if literal:
            return 0.06
        case "readOnly" | "managementEvent" | "awsRegion" | "eventType" | "eventCategory" | "eventVersion":
            return _HALF
    depth = field.count(".")
    return _HALF if isinstance(test, Exists) or (has_wildcard and not literal) else 0.05 + 0.01 * depth


def _of_all(plans: list[Plan]) -> Plan | None:
    """The most selective of the parts, and further ones while many events would stay."""
    plans.sort(key=lambda found: (found.share, sorted(found.fields)))
    chosen = plans[0] if plans else None
    for further in plans[1:]:
        if chosen is None or chosen.share <= _SELECTIVE or further.share > _HALF:
            break
        chosen = Plan(fields=chosen.fields | further.fields, share=chosen.share * further.share)
    return chosen


def _of_any(plans: list[Plan | None]) -> Plan | None:
    """All of the parts, since each may hold by itself."""
    found = [part for part in plans if part]
    if len(found) < len(plans):
        return None
    fields = frozenset(field for part in found for field in part.fields)
    most = _MOST_NAMED if fields == {"eventName"} else 1.0
    return Plan(fields=fields, share=min(most, sum(part.share for part in found)))
