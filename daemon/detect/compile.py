"""Turns a condition tree into one function over a decoded record. What fields and tests mean is settled elsewhere.

A negation is plain logic: where a field is missing its comparison is false, and so its negation true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from daemon.condition import And, Condition, FieldRef, FieldTest, Keyword, Not, Or, Regex, Text
from daemon.detect.fields import compile_path, leaves, text_of
from daemon.detect.values import (
    ValuesTest,
    compile_leaf,
    compile_literals,
    compile_patterns,
    compile_reference,
    compile_test,
    compile_text,
    plain_literal,
)

Predicate = Callable[[Mapping[str, Any]], bool]


def compile_condition(condition: Condition) -> Predicate:
    """A function that says whether the condition holds for a record. Compile once, call for every record."""
    match condition:
        case And(items=items):
            return _all(tuple(map(compile_condition, items)))
        case Or(items=items):
            return _any(tuple(_alternatives(items)))
        case Not(item=item):
            holds = compile_condition(item)
            return lambda record: not holds(record)
        case FieldTest():
            return _field(condition)
        case _:
            leaf_holds = compile_keyword(condition)
            return lambda record: any(leaf_holds(leaf) for _, leaf in leaves(record))


def _alternatives(items: Iterable[Condition]) -> Iterator[Predicate]:
    """The items of an Or; those on one field look it up once, and compare plain texts, or search patterns, as one."""
    literals: dict[str, list[str]] = {}
    patterns: dict[str, list[Regex]] = {}
    tests: dict[str, list[ValuesTest]] = {}
    for item in items:
        if not isinstance(item, FieldTest) or isinstance(item.test, FieldRef):
            yield compile_condition(item)
            continue
        on_field = tests.setdefault(item.field, [])
        literal = plain_literal(item.test)
        if literal is not None:
            literals.setdefault(item.field, []).append(literal)
        elif isinstance(item.test, Regex):
            patterns.setdefault(item.field, []).append(item.test)
        else:
            on_field.append(compile_test(item.test))
    for field, found in literals.items():
        yield _equals_any(field, found)
    for field, alike in patterns.items():
        tests[field].append(compile_patterns(alike))
    for field, on_field in tests.items():
        if on_field:
            yield _on_values(field, _any_test(on_field))


def _any_test(tests: Sequence[ValuesTest]) -> ValuesTest:
    if len(tests) == 1:
        return tests[0]
    return lambda values: any(holds(values) for holds in tests)


def _all(predicates: tuple[Predicate, ...]) -> Predicate:
    def test(record: Mapping[str, Any]) -> bool:
        for holds in predicates:  # noqa: SIM110 (a generator costs a third more, in the innermost loop)
            if not holds(record):
                return False
        return True

    return test


def _any(predicates: tuple[Predicate, ...]) -> Predicate:
    def test(record: Mapping[str, Any]) -> bool:
        for holds in predicates:  # noqa: SIM110 (as above)
            if holds(record):
                return True
        return False

    return test


def _field(condition: FieldTest) -> Predicate:
    if isinstance(condition.test, FieldRef):
        values = compile_path(condition.field)
        others = compile_path(condition.test.field)
        compare = compile_reference(condition.test)
        return lambda record: compare(values(record), others(record))
    literal = plain_literal(condition.test)
    if literal is not None:
        return _equals_any(condition.field, [literal])
    return _on_values(condition.field, compile_test(condition.test))


def _equals_any(field: str, literals: Sequence[str]) -> Predicate:
    """Some text of the field equals one of these. Most tests of most rules are of this kind, on a field at the top."""
    in_full = _on_values(field, compile_literals(literals))
    if "." in field:
        return in_full
    folded = frozenset(map(str.casefold, literals))

    def test(record: Mapping[str, Any]) -> bool:
        value = record.get(field)
        return value.casefold() in folded if isinstance(value, str) else in_full(record)

    return test


def _on_values(field: str, holds: ValuesTest) -> Predicate:
    values = compile_path(field)
    return lambda record: holds(values(record))


def compile_keyword(condition: Keyword) -> Callable[[Any], bool]:
    """A keyword's test on one leaf of the event; a text's pattern says itself that it may stand anywhere inside."""
    if not isinstance(condition.test, Text | Regex):
        return compile_leaf(condition.test)
    holds = compile_text(condition.test)
    return lambda leaf: leaf is not None and holds(text_of(leaf))
