"""Runs the tests that stand inside rule files, against the very evaluator that the daemon uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from daemon.detect.compile import Predicate, compile_condition
from daemon.detect.explain import Explained, explain
from daemon.detect.load import LoadedFile
from daemon.detect.options import RuleTest
from daemon.model import Rule

Stopwatch = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One test of a rule file, and how it went.

    `expected` and `got` are lines to be read beside each other; where they differ the test has failed, and
    `explained` says of the rule's condition why it did what it did.
    """

    __test__ = False  # not one of pytest's

    path: str
    line: int
    rule_id: str
    title: str
    name: str
    expected: tuple[str, ...]
    got: tuple[str, ...]
    seconds: float
    explained: Explained | None = None

    @property
    def is_passed(self) -> bool:
        """Whether what was expected came."""
        return self.expected == self.got


def run_tests(loaded: LoadedFile, *, stopwatch: Stopwatch = time.perf_counter) -> Iterator[TestResult]:
    """Run every test of a loaded file."""
    for rule in loaded.rules:
        holds = compile_condition(rule.condition)
        for test in loaded.tests.get(rule.id, ()):
            yield _run(rule, test, holds, path=loaded.path, stopwatch=stopwatch)


def _run(rule: Rule, test: RuleTest, holds: Predicate, *, path: str, stopwatch: Stopwatch) -> TestResult:
    began_s = stopwatch()
    is_match = holds(test.event)
    return TestResult(
        path=path,
        line=test.line,
        rule_id=rule.id,
        title=rule.title,
        name=test.name,
        expected=_words(is_match=test.match),
        got=_words(is_match=is_match),
        seconds=max(stopwatch() - began_s, 0.0),
        explained=None if is_match is test.match else explain(rule.condition, test.event),
    )


def _words(*, is_match: bool) -> tuple[str, ...]:
    return ("a match",) if is_match else ("no match",)
