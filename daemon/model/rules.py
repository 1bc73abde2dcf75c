"""A rule in force, with the options that stand under its `trailwarden:` key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from daemon.condition import Condition


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
class RuleOptions:
    """What stands under a rule's `trailwarden:` key, with overrides applied and defaults filled in."""

    summary: str | None = None
    group_by: tuple[str, ...] = ("recipientAccountId", "derived.principal")
    close_after: timedelta = timedelta(hours=1)
    mode: Mode = Mode.ALERT
    runbook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One Sigma rule in force. `digest` is the sha256 of its file."""

    id: str
    title: str
    level: Level
    status: str
    tags: tuple[str, ...]
    description: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    condition: Condition
    options: RuleOptions
    path: str
    digest: str
