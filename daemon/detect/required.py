"""Which tests a condition cannot do without: of these at least one must hold, or it does not. Pure.

A rule is asked only about events that pass one of its required tests, so the fewer pass, the better.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from daemon.condition import And, Condition, Exists, FieldRef, FieldTest, Not, Null, Or
from daemon.detect.shares import share_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """Tests of which one must hold, and the share of events where one does, as a guess."""

    tests: tuple[FieldTest, ...]
    share: float


def required_tests(condition: Condition, fields: Container[str]) -> Required | None:
    """The rarest choice of tests on these fields; None where the condition may hold though none of them does."""
    match condition:
        case FieldTest(test=FieldRef() | Null() | Exists(expected=False)):
            return None  # nearly every event passes those that ask for what is not there
        case FieldTest(field=field, test=test) if field in fields:
            return Required(tests=(condition,), share=share_of(field, test))
        case And(items=items):
            found = [one for item in items if (one := required_tests(item, fields))]
            return min(found, key=lambda one: one.share, default=None)
        case Or(items=items):
            return _of_any([required_tests(item, fields) for item in items])
        case Not(item=inner):
            turned = turn_around(inner)
            return required_tests(turned, fields) if turned else None
    return None


def turn_around(negated: Condition) -> Condition | None:
    """`Not(negated)` with the negation moved inwards; None where it stands before a single test already."""
    match negated:
        case Not(item=inner):
            return inner
        case Or(items=items):
            return And(items=tuple(Not(item=item) for item in items))
        case And(items=items):
            return Or(items=tuple(Not(item=item) for item in items))
    return None


def _of_any(alternatives: Iterable[Required | None]) -> Required | None:
    """All of them together, since each may hold by itself."""
    tests: list[FieldTest] = []
    share = 0.0
    for one in alternatives:
        if one is None:
            return None
        tests += one.tests
        share += one.share
    return Required(tests=tuple(tests), share=min(share, 1.0))
