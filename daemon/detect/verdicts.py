"""Conditions that say the same of every event: a tree in, yes, no or None for "it depends on the event" out. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from daemon.condition import And, Condition, Exists, FieldTest, Keyword, Not, Null, Or, Regex, Test, Text, Wildcard

# Every record of CloudTrail holds these, and something in them.
_ALWAYS_THERE = frozenset(
    {
        "awsRegion",
        "eventID",
        "eventName",
        "eventSource",
        "eventTime",
        "eventType",
        "eventVersion",
        "userIdentity",
    }
)
_ANYTHING = frozenset({"", "^", "$", ".", ".*", "^.*", ".*$", "^.*$", ".+", "^.+", ".+$", "^.+$"})


def verdict(condition: Condition) -> bool | None:
    """True: it holds on every event. False: on none. As far as the tree tells."""
    match condition:
        case And(items=items):
            return _all(map(verdict, items))
        case Or(items=items):
            return _any(map(verdict, items))
        case Not(item=item):
            answer = verdict(item)
            return None if answer is None else not answer
        case FieldTest(field=field, test=test):
            return _of_value(test) if field in _ALWAYS_THERE else None
        case Keyword():
            return None


def _all(answers: Iterable[bool | None]) -> bool | None:
    given = list(answers)
    return False if False in given else None if None in given else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    given = list(answers)
    return True if True in given else None if None in given else False


def _of_value(test: Test) -> bool | None:
    """What a test says of any value at all."""
    match test:
        case Exists(expected=expected):
            return expected
        case Null():
            return False
        case Text(parts=parts) if parts and all(part is Wildcard.ANY for part in parts):
            return True
        case Text(parts=(Wildcard.ONE, Wildcard.ANY) | (Wildcard.ANY, Wildcard.ONE)):
            return True
        case Regex(pattern=pattern) if pattern in _ANYTHING:
            return True
        case _:
            return None
