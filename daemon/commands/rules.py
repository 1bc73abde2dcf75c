"""`rules lint|schema`: each function prints and gives the exit code, 0 fine and 1 something found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daemon.commands.linting import Variables, join_files, load_files
from daemon.commands.tables import print_json, print_line, print_rows
from daemon.detect.load import LoadedFile
from daemon.detect.schema import rule_schema
from daemon.errors import Problem


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


def schema() -> int:
    """Print the JSON Schema of rule files."""
    print_json(rule_schema())
    return 0


def _totals(loaded: Sequence[LoadedFile], problems: Sequence[Problem]) -> str:
    warnings = sum(problem.is_warning for problem in problems)
    rules = sum(len(file.rules) + len(file.correlations) + len(file.filters) for file in loaded)
    passed_over = sum(len(file.passed_over) for file in loaded)
    return (
        f"files {len(loaded)}, rules fit for use {rules}, passed over {passed_over}, "
        f"faults {len(problems) - warnings}, warnings {warnings}"
    )
