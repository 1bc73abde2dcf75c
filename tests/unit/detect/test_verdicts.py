from __future__ import annotations

import pytest

from daemon.condition import And, Condition, Exists, FieldTest, Keyword, Not, Null, Or, Regex, Test, Text, Wildcard
from daemon.detect.verdicts import verdict

ANY, ONE = Wildcard.ANY, Wildcard.ONE


def on(field: str, test: Test) -> FieldTest:
    return FieldTest(field=field, test=test)


ALWAYS = on("eventName", Text(parts=(ANY,)))
NEVER = on("eventID", Exists(expected=False))
DEPENDS = on("eventName", Text(parts=("DeleteGroup",)))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ALWAYS, True),
        (NEVER, False),
        (DEPENDS, None),
        (on("eventTime", Exists(expected=True)), True),
        (on("awsRegion", Null()), False),
        (on("userIdentity", Text(parts=(ONE, ANY))), True),
        (on("eventName", Text(parts=(ANY, ONE))), True),
        (on("eventName", Text(parts=())), None),
        (on("eventName", Text(parts=(ONE,))), None),
        (on("eventSource", Regex(pattern=".*")), True),
        (on("eventSource", Regex(pattern="^a")), None),
        (on("errorCode", Text(parts=(ANY,))), None),
        (on("errorCode", Exists(expected=True)), None),
        (Keyword(test=Text(parts=(ANY, "x", ANY))), None),
        (Not(item=ALWAYS), False),
        (Not(item=DEPENDS), None),
        (And(items=()), True),
        (And(items=(ALWAYS, DEPENDS)), None),
        (And(items=(DEPENDS, NEVER)), False),
        (And(items=(ALWAYS, ALWAYS)), True),
        (Or(items=()), False),
        (Or(items=(DEPENDS, ALWAYS)), True),
        (Or(items=(DEPENDS, NEVER)), None),
        (Or(items=(NEVER, NEVER)), False),
    ],
)
def test_what_a_condition_says_of_every_event(condition: Condition, expected: bool | None) -> None:
    assert verdict(condition) is expected
