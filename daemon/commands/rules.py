"""`rules list|lint|test|schema`: each function prints and gives the exit code, 0 fine and 1 something found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from daemon.commands.linting import Variables, join_files, load_files
from daemon.commands.tables import print_json, print_line, print_rows
from daemon.config import RulesConfig
from daemon.detect.load import LoadedFile
from daemon.detect.reload import RuleEntry, RuleKind, RuleState
from daemon.detect.rulebook import RuleBook
from daemon.detect.schema import rule_schema
from daemon.detect.selftest import TestResult, run_tests
from daemon.detect.undecodable import UNDECODABLE
from daemon.errors import Problem
from daemon.ports import RuleMemory, StoredRuleFile

_COLUMNS = ("state", "kind", "level", "mode", "id", "title", "path", "reason")
_BUILT_IN = (
    *(
        "built_in",
        RuleKind.RULE,
        UNDECODABLE.level,
        UNDECODABLE.options.mode,
        UNDECODABLE.id,
        UNDECODABLE.title,
        UNDECODABLE.path,
    ),
    "always in force: raised for records that no rule can look at",
)
_NOT_AS_WRITTEN = (RuleState.REFUSED, RuleState.LAST_GOOD)


class _Recalled:
    """A memory that is read and never written: a list changes nothing."""

    def __init__(self, memory: RuleMemory) -> None:
        self._memory = memory

    def rule_files(self) -> dict[str, StoredRuleFile]:
        """The stored versions by path."""
        return self._memory.rule_files()

    def keep_rule_files(self, *, keep: Sequence[StoredRuleFile], forget: Iterable[str]) -> None:
        """Nothing is stored."""


def list_rules(config: RulesConfig, *, memory: RuleMemory | None, now: datetime, as_json: bool) -> int:
    """Print every rule with its state; 1 when a file is not in force as it stands."""
    told = RuleBook(config, _Recalled(memory) if memory else None).reload(now=now)
    print_rows(_COLUMNS, [*map(_row, told.entries), _BUILT_IN], as_json=as_json)
    if not as_json:
        counts = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in told.counts.items())
        print_line(f"{counts}; 1 built in")
    return int(any(entry.state in _NOT_AS_WRITTEN for entry in told.entries))


def lint(
    paths: Sequence[str],
    *,
    variables: Variables,
    now: datetime,
    as_json: bool,
    is_strict: bool = False,
    beside: Sequence[str] = (),
) -> int:
    """Print every fault of the rule files at these paths; 1 when there is one (with `is_strict` also a warning).

    What they refer to may stand in files at the paths `beside`.
    """
    read, problems = load_files(paths, variables)
    loaded, doubts = join_files(read, load_files(beside, variables)[0], now=now)
    problems += [*(problem for file in loaded for problem in file.problems), *doubts]
    if as_json:
        print_rows(
            ("where", "severity", "what", "fix"),
            [(p.where, "warning" if p.is_warning else "error", p.what, p.fix) for p in problems],
            as_json=True,
        )
    else:
        for problem in problems:
            print_line(str(problem))
        print_line(_totals(loaded, problems), is_error=True)
    return int(any(is_strict or not problem.is_warning for problem in problems))


def test(paths: Sequence[str], *, variables: Variables, as_json: bool) -> int:
    """Run the tests inside the rule files at these paths; 1 when one fails or a file cannot be used."""
    loaded, problems = load_files(paths, variables)
    faults = [p for p in (*problems, *(p for file in loaded for p in file.problems)) if not p.is_warning]
    results = [result for file in loaded for result in run_tests(file)]
    if as_json:
        rows = [(r.path, r.test.line, r.rule.id, r.test.name, r.test.match, r.is_passed) for r in results]
        print_rows(("path", "line", "rule", "test", "match", "passed"), rows, as_json=True)
    else:
        _print_tests(results)
    for fault in faults:
        print_line(str(fault), is_error=True)
    return int(bool(faults) or not all(result.is_passed for result in results))


def schema() -> int:
    """Print the JSON Schema of rule files."""
    print_json(rule_schema())
    return 0


def _row(entry: RuleEntry) -> tuple[object, ...]:
    return entry.state, entry.kind, entry.level, entry.mode, entry.id, entry.title, entry.path, entry.reason


def _totals(loaded: Sequence[LoadedFile], problems: Sequence[Problem]) -> str:
    warnings = sum(problem.is_warning for problem in problems)
    rules = sum(len(file.rules) + len(file.correlations) + len(file.filters) for file in loaded)
    passed_over = sum(len(file.passed_over) for file in loaded)
    return (
        f"files {len(loaded)}, rules fit for use {rules}, passed over {passed_over}, "
        f"faults {len(problems) - warnings}, warnings {warnings}"
    )


def _print_tests(results: Sequence[TestResult]) -> None:
    for result in (result for result in results if not result.is_passed):
        wanted = "must match and does not" if result.test.match else "must not match and does"
        print_line(f"{result.path}:{result.test.line}: '{result.test.name}' {wanted} ({result.rule.title})")
        for leaf in result.leaves:
            print_line(f"    {'yes' if leaf.holds else 'no '}  {leaf.asked}    (there: {leaf.saw})")
    failed = sum(not result.is_passed for result in results)
    passed = len(results) - failed
    print_line(f"{passed} {'test' if passed == 1 else 'tests'} passed, {failed} failed")
