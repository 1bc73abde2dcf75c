"""Which fields of a record the rules can be dismissed by: conditions in, the paths worth reading out.

The estimate of how often a test holds only steers which fields are read; it never decides a match.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from daemon.condition import And, Condition, Exists, FieldRef, FieldTest, Not, Null, Or
from daemon.detect.columns import is_readable
from daemon.detect.fragments import fragments
from daemon.detect.required import turn_around
from daemon.detect.shares import HALF, share_of

_SELECTIVE = 0.1  # a rule that fewer events reach needs no further field
_NEVER_READ = {
    "userIdentity",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "resources",
    "tlsDetails",
}
_MOST_PARTS = 4
_MOST_NAMED = 0.05  # however many names a rule lists, most events have another
_MOST_FIELDS = 20  # each costs some 0.15 µs an event, and searching all of its bytes some 3 µs, for whatever many rules
# Those that many rules ask for.
_USUAL = {
    "eventName", "eventSource", "errorCode", "errorMessage", "userAgent", "sourceIPAddress", "awsRegion", "eventType",
    "userIdentity.type", "userIdentity.arn", "userIdentity.userName", "userIdentity.principalId",
    "userIdentity.accountId", "userIdentity.invokedBy", "recipientAccountId", "readOnly", "managementEvent",
    "userIdentity.sessionContext.sessionIssuer.arn", "userIdentity.sessionContext.sessionIssuer.userName",
}  # fmt: skip
_TELLING = ("eventName", "errorCode", "eventSource", "userIdentity.type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Fields to read for a condition, and the share of events that they leave, as a guess."""

    fields: frozenset[str]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Fields to read of every record, the most telling first, none within another; and for the conditions that these
    do not dismiss, by number, the pieces of text to search for in its bytes."""

    fields: tuple[str, ...]
    searched: Mapping[int, frozenset[str]]


def choose_reading(conditions: Sequence[Condition]) -> Reading:
    """What to read of every record, so that each of the conditions is dismissed for most of them."""
    plans = list(map(plan, conditions))
    searched: dict[int, frozenset[str]] = {}
    is_costly = len({field for chosen in plans if chosen for field in chosen.fields}) > _MOST_FIELDS
    for number, chosen in enumerate(plans):
        is_rare = chosen is None or (is_costly and not chosen.fields <= _USUAL)
        pieces = fragments(conditions[number]) if is_rare else None
        if pieces is not None:
            searched[number], plans[number] = pieces, None
    return Reading(fields=_in_order(chosen for chosen in plans if chosen), searched=searched)


def _in_order(plans: Iterable[Plan]) -> tuple[str, ...]:
    fields = {field for chosen in plans for field in chosen.fields}
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
        case Not(item=inner):
            turned = turn_around(inner)
            return plan(turned) if turned else None
    return None  # a negated test or a keyword: nearly every event would stay


def _of_test(condition: FieldTest) -> Plan | None:
    field, test = condition.field, condition.test
    parts = field.split(".")
    is_worth_it = parts[0] not in {"derived", "resources"} and field not in _NEVER_READ and len(parts) <= _MOST_PARTS
    if not is_worth_it or not is_readable(field) or isinstance(test, Null | FieldRef) or test == Exists(expected=False):
        return None
    return Plan(fields=frozenset({field}), share=share_of(field, test))


def _of_all(plans: list[Plan]) -> Plan | None:
    """The most selective of the parts, and further ones while many events would stay."""
    plans.sort(key=lambda found: (found.share, sorted(found.fields)))
    chosen = plans[0] if plans else None
    for further in plans[1:]:
        if chosen is None or chosen.share <= _SELECTIVE or further.share > HALF:
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
