"""Runs the tests that stand inside rule files, against the very evaluator that the daemon uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from daemon.condition import FieldTest, Keyword
from daemon.detect.compile import compile_condition
from daemon.detect.describe import describe, leaves_of
from daemon.detect.fields import resolve
from daemon.detect.load import LoadedFile
from daemon.detect.options import RuleTest
from daemon.model import Rule

_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafResult:
    """One test of the condition: what it asks, whether it held, and what stood in the field."""

    asked: str
    holds: bool
    saw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One test of a rule file. `leaves` are filled where it failed."""

    __test__ = False  # not one of pytest's

    path: str
    rule: Rule
    test: RuleTest
    is_passed: bool
    leaves: tuple[LeafResult, ...] = ()


def run_tests(loaded: LoadedFile) -> Iterator[TestResult]:
    """Run every test of a loaded file."""
    for rule in loaded.rules:
        holds = compile_condition(rule.condition)
        for test in loaded.tests.get(rule.id, ()):
            is_passed = holds(test.event) is test.match
            leaves = () if is_passed else tuple(_explain(rule, test.event))
            yield TestResult(path=loaded.path, rule=rule, test=test, is_passed=is_passed, leaves=leaves)


def _explain(rule: Rule, event: dict[str, Any]) -> Iterator[LeafResult]:
    for leaf in leaves_of(rule.condition):
        yield LeafResult(asked=describe(leaf), holds=compile_condition(leaf)(event), saw=_saw(leaf, event))


def _saw(leaf: FieldTest | Keyword, event: dict[str, Any]) -> str:
    if isinstance(leaf, Keyword):
        return "the whole event"
    values = resolve(event, leaf.field)
    if not values:
        return "nothing: the field is missing"
    text = ", ".join(json.dumps(value, ensure_ascii=False, default=str) for value in values)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
