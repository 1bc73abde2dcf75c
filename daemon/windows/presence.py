"""Whether an expression over bases (`a and (b or not c)`) holds, given those that occur."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from daemon.model import AllOf, AnyOf, Expression, Occurs


def holds(expression: Expression, present: AbstractSet[int]) -> bool:
    """Plain logic; one that is true of nothing at all never holds, since no window is empty."""
    match expression:
        case Occurs(base=base):
            return base in present
        case AllOf(items=items):
            return all(holds(item, present) for item in items)
        case AnyOf(items=items):
            return any(holds(item, present) for item in items)
        case _:
            return not holds(expression.item, present)


def wanted(expression: Expression, *, is_negated: bool = False) -> frozenset[int]:
    """The bases that an expression asks to occur, not only to be missing."""
    match expression:
        case Occurs(base=base):
            return frozenset() if is_negated else frozenset({base})
        case AllOf(items=items) | AnyOf(items=items):
            return frozenset[int]().union(*(wanted(item, is_negated=is_negated) for item in items))
        case _:
            return wanted(expression.item, is_negated=not is_negated)
