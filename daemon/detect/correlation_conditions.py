"""The `condition:` of a correlation in; bounds, or an expression over its rules by their numbers, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionNOT, ConditionOR

from daemon.detect.correlation_bounds import AT, FORM, read_bounds
from daemon.detect.expression import parse_expression
from daemon.detect.references import Name
from daemon.detect.refused import Refused, did_you_mean
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import (
    AllOf,
    AnyOf,
    CorrelationCondition,
    CorrelationType,
    Expression,
    NoneOf,
    Occurs,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCondition:
    """What came of it. `references` are the rules it is about, those of `rules` where they are given there."""

    condition: CorrelationCondition | None
    references: tuple[Name, ...]
    fields: tuple[Name, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_condition(document: Document, kind: CorrelationType, references: tuple[Name, ...]) -> ReadCondition:
    """The condition, or None where a problem keeps it from being built."""
    written = document.value["correlation"].get("condition")
    if isinstance(written, dict):
        bounds, fields, problems = read_bounds(document, kind, rules=len(references))
        return ReadCondition(condition=bounds, references=references, fields=fields, problems=problems)
    try:
        if written is None:
            return ReadCondition(condition=_every(kind, references), references=references)
        named = references or _names_in(document, written)
        return ReadCondition(condition=_expression(written, kind, named), references=named)
    except Refused as fault:
        problem = document.problem(AT, fault.what, fault.fix)
        return ReadCondition(condition=None, references=references, problems=(problem,))


def _every(kind: CorrelationType, references: Sequence[Name]) -> Expression:
    if not kind.is_temporal:
        raise Refused("the correlation has no condition", FORM)
    return _all_of([Occurs(base=number) for number in range(len(references))])


def _names_in(document: Document, written: Any) -> tuple[Name, ...]:
    line = document.line_of(AT)
    return tuple(Name(text=text, line=line) for text in dict.fromkeys(_leaves(parse_expression(written))))


def _expression(written: Any, kind: CorrelationType, references: Sequence[Name]) -> Expression:
    if not isinstance(written, str):
        raise Refused("the condition is neither a mapping nor a text", FORM)
    if not kind.is_temporal:
        raise Refused(f"the condition of a correlation of the type {kind} is a mapping", FORM)
    numbers = {name.text: number for number, name in enumerate(references)}
    tree = parse_expression(written)
    used = set(_leaves(tree))
    for name in used - numbers.keys():
        raise Refused(f"the condition names '{name}', which is not among its rules", did_you_mean(name, numbers))
    for name in numbers.keys() - used:
        raise Refused(f"the condition does not use '{name}', which is among its rules", "name it there, or remove it")
    expression = _translate(tree, numbers)
    if _holds_on_nothing(expression):
        what = "the condition holds where none of its rules matched"
        raise Refused(what, "a window begins with a match: say with 'and' what must have matched")
    return expression


def _leaves(node: Any) -> Iterator[str]:
    match node:
        case ConditionIdentifier():
            yield node.identifier
        case ConditionNOT() | ConditionAND() | ConditionOR():
            for arg in node.args:
                yield from _leaves(arg)
        case _:
            raise Refused("the condition of a correlation names its rules one by one", "join them by and, or, not")


def _translate(node: Any, numbers: Mapping[str, int]) -> Expression:
    match node:
        case ConditionIdentifier():
            return Occurs(base=numbers[node.identifier])
        case ConditionNOT():
            return NoneOf(item=_translate(node.args[0], numbers))
        case ConditionAND():
            return _all_of([_translate(arg, numbers) for arg in node.args])
        case _:
            return AnyOf(items=tuple(_translate(arg, numbers) for arg in node.args))


def _all_of(items: Sequence[Expression]) -> Expression:
    return items[0] if len(items) == 1 else AllOf(items=tuple(items))


def _holds_on_nothing(expression: Expression) -> bool:
    match expression:
        case Occurs():
            return False
        case NoneOf(item=item):
            return not _holds_on_nothing(item)
        case AllOf(items=items):
            return all(map(_holds_on_nothing, items))
        case AnyOf(items=items):
            return any(map(_holds_on_nothing, items))
