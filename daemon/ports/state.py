"""What else the daemon keeps or asks: rules that were in force, leases among daemons, the time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRuleFile:
    """The last version of a rule file that loaded without fault."""

    path: str
    digest: str
    content: bytes
    loaded_at: datetime


class Leases(Protocol):
    """What only one of several daemons on one state does at a time. Where there is one daemon it holds everything."""

    @property
    def is_shared(self) -> bool:
        """Whether others may work on this state at the same time."""

    def hold(self, name: str) -> bool:
        """Take this lease if it is free, or go on holding it; False when another daemon has it. Raises StoreError."""

    def renew(self) -> None:
        """Say that this daemon lives: what it holds and has claimed stays its own. Raises StoreError."""


class RuleMemory(Protocol):
    """Keeps each rule file's last good version over restarts."""

    def rule_files(self) -> dict[str, StoredRuleFile]:
        """The stored versions by path."""

    def keep_rule_files(self, *, keep: Sequence[StoredRuleFile], forget: Iterable[str]) -> None:
        """Store these versions and drop those of removed files, in one transaction."""


class ToldRules(Protocol):
    """Keeps over restarts what people know of the rules in force."""

    def snapshot(self) -> str | None:
        """The rule set that people were last told of, as it was kept; None before the first."""

    def keep_snapshot(self, text: str) -> None:
        """People know of this rule set from now on."""


class Clock(Protocol):
    """The wall clock, handed in so that tests can move it."""

    def __call__(self) -> datetime:
        """Now, aware, UTC."""
