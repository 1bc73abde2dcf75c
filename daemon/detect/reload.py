"""What one look at the rule files gave: the rules to be in force, what became of each, and which files are news."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from daemon.errors import Problem
from daemon.model import Level, Mode, Rule


class RuleState(StrEnum):
    """What became of a rule, or of a file where it was refused before its rules were known."""

    LOADED = "loaded"
    LAST_GOOD = "last_good"  # in force, though its file is broken now
    REFUSED = "refused"
    PASSED_OVER = "passed_over"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """One line of `rules list`. Of a refused file only the path and the reason are known."""

    state: RuleState
    path: str
    id: str = ""
    title: str = ""
    level: Level | None = None
    mode: Mode | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """The rules to be in force; `digest` differs whenever they do.

    `broken`, `mended` and `removed` are the files for which that is news.
    """

    rules: tuple[Rule, ...]
    digest: str
    entries: tuple[RuleEntry, ...]
    problems: tuple[Problem, ...]
    broken: tuple[str, ...]
    mended: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def is_successful(self) -> bool:
        """Whether every file was taken as it stands."""
        return all(problem.is_warning for problem in self.problems)

    @property
    def counts(self) -> dict[str, int]:
        """How many rules are in each state, all states named (metric rules_loaded)."""
        found = Counter(entry.state for entry in self.entries)
        return {str(state): found[state] for state in RuleState}


def ruleset_digest(rules: Sequence[Rule], variables: Mapping[str, Sequence[str]]) -> str:
    """A sha256 that differs whenever the same events could give other matches or alerts."""
    content = {
        "variables": {name: list(values) for name, values in sorted(variables.items())},
        "rules": [
            [
                rule.id,
                rule.digest,
                str(rule.level),
                str(rule.options.mode),
                list(rule.options.group_by),
                rule.options.close_after.total_seconds(),
                rule.options.summary,
                rule.options.runbook,
                repr(rule.options.first_seen),
            ]
            for rule in sorted(rules, key=lambda rule: rule.id)
        ],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
