"""What evaluating comes to: hits and rejects, handed on record by record, and the counts at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from daemon.detect.witness import Explain
from daemon.model import Rule
from daemon.trail.faults import ReadFault
from daemon.trail.record import Record, Reject


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule said yes to a record. `explain` is `witness.compile_witness` of the rule."""

    rule: Rule
    raw: bytes
    record: Record
    explain: Explain


class Findings(Protocol):
    """Takes in what is found as it is found. Who keeps a record keeps up to thirty times its bytes."""

    def found(self, hits: Sequence[Hit]) -> None:
        """All hits of one record, in the order of the rules."""

    def rejected(self, reject: Reject) -> None:
        """A record that cannot be decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came of some content. `events` were evaluated; those `rejected` come besides and are not among them.

    `newest_at` is the largest eventTime that looks like one; `errors` counts by rule id how often a rule raised.
    `hits` and `rejects` are there only where no Findings took them in. `sha256`: hex, of the whole content, where that
    was asked for and could be had.
    """

    events: int
    rejected: int
    fault: ReadFault | None
    newest_at: str | None
    errors: Mapping[str, int]
    hits: tuple[Hit, ...] = ()
    rejects: tuple[Reject, ...] = ()
    sha256: str | None = None


@dataclass(slots=True)
class Tally:
    """An evaluation under way."""

    findings: Findings
    events: int = 0
    rejected: int = 0
    fault: ReadFault | None = None
    newest_at: str = ""
    errors: Counter[str] = field(default_factory=Counter)

    def close(self) -> Evaluation:
        """As it stands at the end of the content."""
        return Evaluation(
            events=self.events,
            rejected=self.rejected,
            fault=self.fault or (ReadFault.UNDECODABLE_RECORD if self.rejected else None),
            newest_at=self.newest_at or None,
            errors=dict(self.errors),
        )


class Everything:
    """Implements Findings for those who want all of it at the end, of content that they know."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.rejects: list[Reject] = []

    def found(self, hits: Sequence[Hit]) -> None:
        """As the protocol says."""
        self.hits += hits

    def rejected(self, reject: Reject) -> None:
        """As the protocol says."""
        self.rejects.append(reject)
