"""What one look at the rule files gave: what is to be in force, what became of each rule, and which files are news."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from daemon.detect.filtering import Aimed
from daemon.detect.filters import Filter
from daemon.errors import Problem
from daemon.model import Correlation, Level, Mode, Rule, RuleHead


class RuleState(StrEnum):
    """What became of a rule, or of a file where it was refused before its rules were known."""

    LOADED = "loaded"
    LAST_GOOD = "last_good"  # in force, though its file is broken now
    REFUSED = "refused"
    PASSED_OVER = "passed_over"
    DISABLED = "disabled"
    EXPIRED = "expired"  # a filter that came to its end


class RuleKind(StrEnum):
    """How a rule comes to say something."""

    RULE = "rule"
    FIRST_SEEN = "first_seen"
    BASE = "base"  # some correlation is about it
    CORRELATION = "correlation"
    FILTER = "filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """One line of `rules list`. Of a refused file only the path and the reason are known.

    `rule` is there where its file is in force, disabled or not.
    """

    state: RuleState
    path: str
    kind: RuleKind | None = None
    id: str = ""
    title: str = ""
    level: Level | None = None
    mode: Mode | None = None
    reason: str = ""
    rule: RuleHead | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Fewer rules were `found` than the `wanted` least; with `is_kept` the last good rule set stays in force."""

    found: int
    wanted: int
    is_kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """The rules and correlations to be in force; `digest` differs whenever they do.

    `broken`, `mended` and `removed` are the files for which that is news, `expired` the filters.

    `filters` are those in force; `guard` is there where rules are too few.
    """

    rules: tuple[Rule, ...]
    digest: str
    entries: tuple[RuleEntry, ...]
    problems: tuple[Problem, ...]
    broken: tuple[str, ...]
    mended: tuple[str, ...]
    removed: tuple[str, ...]
    correlations: tuple[Correlation, ...] = ()
    expired: tuple[Filter, ...] = ()
    filters: tuple[Aimed, ...] = ()
    guard: Guard | None = None

    @property
    def is_successful(self) -> bool:
        """Whether every file was taken as it stands."""
        return all(problem.is_warning for problem in self.problems)

    @property
    def counts(self) -> dict[str, int]:
        """How many rules are in each state, all states named (metric rules_loaded)."""
        found = Counter(entry.state for entry in self.entries)
        return {str(state): found[state] for state in RuleState}
