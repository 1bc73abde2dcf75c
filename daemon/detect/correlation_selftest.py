"""Runs the tests inside files of correlations: their events against all files that are joined, without filters.

A filter is how one place tunes rules that others wrote; what a test says of a rule holds everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from daemon.detect.correlate import Fired, correlate
from daemon.detect.correlation_tests import CorrelationTest, ExpectedAlert
from daemon.detect.link import Linked, link
from daemon.detect.load import LoadedFile
from daemon.detect.selftest import Stopwatch, TestResult
from daemon.errors import Problem
from daemon.model import Correlation


def run_correlation_tests(
    files: Sequence[LoadedFile],
    beside: Sequence[LoadedFile],
    *,
    now: datetime,
    stopwatch: Stopwatch = time.perf_counter,
) -> Iterator[TestResult]:
    """Run every test of the files; what they refer to may stand in those `beside`. Files with faults are left out.

    A test fails, and says why, where its file has no fault of its own and what it refers to has.
    """
    linked, faults = _link_sound([*files, *beside], now=now)
    by_id = {correlation.id: correlation for correlation in linked.correlations}
    for file in files:
        for unlinked in file.correlations:
            correlation = by_id.get(unlinked.correlation.id, unlinked.correlation)
            for test in file.correlation_tests.get(correlation.id, ()):
                if file.path in faults:
                    yield _result(correlation, test, _words_of_alerts(test.alerts), (str(faults[file.path]),), 0.0)
                elif correlation.id in by_id:
                    yield _run(correlation, test, linked, stopwatch=stopwatch)


def _link_sound(files: Sequence[LoadedFile], *, now: datetime) -> tuple[Linked, dict[str, Problem]]:
    """What comes of those files that can be linked, and for each other that has no fault by itself why it cannot be."""
    usable = [replace(file, filters=()) for file in files if not file.is_broken]
    faults: dict[str, Problem] = {}
    while (linked := link(usable, now=now)).faults:
        faults |= {path: found[0] for path, found in linked.faults.items()}
        usable = [file for file in usable if file.path not in faults]
    return linked, faults


def _run(correlation: Correlation, test: CorrelationTest, linked: Linked, *, stopwatch: Stopwatch) -> TestResult:
    began_s = stopwatch()
    every = correlate(linked.rules, linked.correlations, test.events)
    fired = [each for each in every if each.correlation_id == correlation.id]
    expected, got = _beside_each_other(test.alerts, fired)
    return _result(correlation, test, expected, got, max(stopwatch() - began_s, 0.0))


def _result(
    correlation: Correlation, test: CorrelationTest, expected: tuple[str, ...], got: tuple[str, ...], seconds: float
) -> TestResult:
    return TestResult(
        path=correlation.path,
        line=test.line,
        rule_id=correlation.id,
        title=correlation.title,
        name=test.name,
        expected=expected,
        got=got,
        seconds=seconds,
    )


def _beside_each_other(
    alerts: Sequence[ExpectedAlert], fired: Sequence[Fired]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What was expected and what came, as lines; alike where an alert is as expected in all that is said of it."""
    left, expected = list(fired), []
    for alert in alerts:
        found = next((each for each in left if _is_as_expected(each, alert)), None)
        if found is not None:
            left.remove(found)
        expected.append(_words(alert.group, alert.count, alert.events) if found is None else _told(found))
    return tuple(sorted(expected)) or ("no alert",), tuple(sorted(map(_told, fired))) or ("no alert",)


def _words_of_alerts(alerts: Sequence[ExpectedAlert]) -> tuple[str, ...]:
    return _beside_each_other(alerts, ())[0]


def _is_as_expected(fired: Fired, alert: ExpectedAlert) -> bool:
    has_count = alert.count is None or alert.count == len(fired.events)
    has_events = alert.events is None or sorted(alert.events) == sorted(fired.events)
    return dict(fired.group) == dict(alert.group) and has_count and has_events


def _told(fired: Fired) -> str:
    return _words(dict(fired.group), len(fired.events), fired.events)


def _words(group: Mapping[str, str], count: int | None, events: Sequence[str] | None) -> str:
    of = ", ".join(f"{name} = {value}" for name, value in group.items())
    how_many = "" if count is None else f", {count} events"
    which = "" if events is None else f" ({', '.join(events)})"
    return f"an alert for {of or 'everything'}{how_many}{which}"
