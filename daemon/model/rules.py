"""Rules and correlations in force, with the options that stand under their `trailwarden:` key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from daemon.condition import Condition
from daemon.model.correlations import Base, CorrelationCondition, CorrelationType


class Level(StrEnum):
    """Sigma's severity levels, least first."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for informational to 4 for critical."""
        return list(Level).index(self)


class Mode(StrEnum):
    """Whether a rule's alerts are sent, or only recorded, counted and shown."""

    ALERT = "alert"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSeen:
    """Only a combination of these fields that did not come within `forget` alerts; in the first `learn` none does.

    Of one rule so many combinations are remembered; what comes past that is told once, as one alert.
    """

    fields: tuple[str, ...]
    learn: timedelta = timedelta(days=7)
    forget: timedelta = timedelta(days=90)
    max_combinations: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """An alert of so many events is of this level, if that is above its own."""

    count: int
    to: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions:
    """What stands under a rule's `trailwarden:` key, with overrides applied and defaults filled in."""

    summary: str | None = None
    group_by: tuple[str, ...] = ("recipientAccountId", "derived.principal")
    close_after: timedelta = timedelta(hours=1)
    mode: Mode = Mode.ALERT
    runbook: str | None = None
    first_seen: FirstSeen | None = None
    escalate: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHead:
    """What a rule and a correlation both say about themselves: all that an alert asks of them.

    `name` is Sigma's, by which others may refer to it; empty where there is none. `digest` is the sha256 of its file.
    """

    id: str
    title: str
    level: Level
    status: str
    tags: tuple[str, ...]
    description: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    options: RuleOptions
    path: str
    digest: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleHead):
    """One Sigma rule over single events, with the filters that apply to it worked into its condition.

    `feeds` are the correlations that its matches count for. One that `is_silent` alerts nobody by itself.
    """

    condition: Condition
    feeds: tuple[Feed, ...] = ()
    is_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a match or a firing counts for: a correlation, and which of its `bases` this is (from 0)."""

    correlation: Correlation
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation(RuleHead):
    """One Sigma correlation, its references resolved.

    `group_by` are the names that stand in the alert (fields, or aliases). `fields` are those whose values the
    condition counts or adds up. With `generate` its bases alert by themselves too. `feeds` and `is_silent` as of a
    rule. `settle`: how long after a window's end a condition is asked that more events can make untrue.
    `lateness`: how late an event may come and still count. `max_groups`: groups followed at a time.
    """

    type: CorrelationType
    bases: tuple[Base, ...]
    group_by: tuple[str, ...]
    timespan: timedelta
    condition: CorrelationCondition
    generate: bool = False
    settle: timedelta = timedelta(minutes=15)
    lateness: timedelta = timedelta(hours=24)
    max_groups: int = 10_000
    feeds: tuple[Feed, ...] = ()
    is_silent: bool = False
