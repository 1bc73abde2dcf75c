"""`rules test`: runs the tests inside rule files, prints how they went, and writes them down for CI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path

from daemon.commands.explained import deciding_lines
from daemon.commands.junit import junit_report
from daemon.commands.linting import Variables, join_files, load_files, others_of
from daemon.commands.sink import check_output, write_file
from daemon.commands.tables import print_line, print_rows
from daemon.detect.correlation_selftest import run_correlation_tests
from daemon.detect.selftest import TestResult, run_tests
from daemon.errors import Problem

_COLUMNS = ("path", "line", "rule", "test", "expected", "got", "passed", "seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every test in the order of the files, and the faults for which files could not be used."""

    results: tuple[TestResult, ...]
    faults: tuple[Problem, ...]

    @property
    def is_good(self) -> bool:
        """Whether every file could be used and every test passed."""
        return not self.faults and all(result.is_passed for result in self.results)


def run_rule_tests(
    paths: Sequence[str],
    *,
    variables: Variables,
    as_json: bool,
    now: datetime,
    beside: Sequence[str] = (),
    junit: Path | None = None,
) -> int:
    """Run the tests inside the rule files at these paths; 1 when one fails or a file cannot be used.

    What they refer to may stand in files at the paths `beside`. With `junit` also written to that file, which is there
    whole or not at all. Raises ConfigError, TrailwardenError.
    """
    if junit is not None:
        check_output(junit, option="--junit")
    report = _run(paths, beside, variables, now=now)
    if as_json:
        print_rows(_COLUMNS, list(map(_row, report.results)), as_json=True)
    else:
        _print(report.results)
    for fault in report.faults:
        print_line(str(fault), is_error=True)
    if junit is not None:
        write_file([junit_report(report.results, report.faults, told=failure_lines)], junit)
    return int(not report.is_good)


def failure_lines(result: TestResult) -> list[str]:
    """What is told of a test that failed: what was expected beside what came, and the parts that decided it."""
    told = [f"{result.path}:{result.line}: '{result.name}' failed ({result.title})"]
    told += [f"    {line}" for line in _difference(result.expected, result.got)]
    if result.explained is not None:
        told += [f"    {line}" for line in deciding_lines(result.explained)]
    return told


def _run(paths: Sequence[str], beside: Sequence[str], variables: Variables, *, now: datetime) -> Report:
    read, problems = load_files(paths, variables)
    others = others_of(read, load_files(beside, variables)[0])
    loaded, _ = join_files(read, others, now=now)
    found = [*problems, *(problem for file in loaded for problem in file.problems)]
    of_correlations = run_correlation_tests(loaded, others, now=now)
    return Report(
        results=(*(result for file in loaded for result in run_tests(file)), *of_correlations),
        faults=tuple(problem for problem in found if not problem.is_warning),
    )


def _row(result: TestResult) -> tuple[object, ...]:
    return (
        *(result.path, result.line, result.rule_id, result.name),
        *(result.expected, result.got, result.is_passed, round(result.seconds, 6)),
    )


def _print(results: Sequence[TestResult]) -> None:
    failed = [result for result in results if not result.is_passed]
    for result in failed:
        for line in failure_lines(result):
            print_line(line)
    passed = len(results) - len(failed)
    print_line(f"{passed} {'test' if passed == 1 else 'tests'} passed, {len(failed)} failed")


def _difference(expected: Sequence[str], got: Sequence[str]) -> Iterator[str]:
    """Both lists as one, each line with where it stands."""
    for kind, begin, end, from_, to in SequenceMatcher(None, expected, got, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (f"  both:     {line}" for line in expected[begin:end])
            continue
        yield from (f"- expected: {line}" for line in expected[begin:end])
        yield from (f"+ got:      {line}" for line in got[from_:to])
