"""What a poll did, for metrics, notices and `--once`; and the sheet on which it is counted up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from daemon.errors import EnvironmentReason, SourceUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCount:
    """How often the environment refused for one reason, and what it said first."""

    count: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """One poll of one source.

    `shards` are those known now, `listed` those listed completely this time, `paused` those left alone after
    faults. `skipped` counts sightings of keys and folders passed over, `faults` what failed in this poll.
    `is_complete`: everything there is was looked at. `vanished`: paths of known shards that discovery looked for
    and that hold no file now.
    """

    source: str
    shards: int
    listed: int
    paused: int
    new_objects: int
    skipped: Mapping[str, int]
    faults: Mapping[EnvironmentReason, FaultCount]
    is_complete: bool
    vanished: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Sheet:
    """Counts of a poll under way; used by one thread."""

    listed: int = 0
    new_objects: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    faults: Counter[EnvironmentReason] = field(default_factory=Counter)
    messages: dict[EnvironmentReason, str] = field(default_factory=dict)
    unexpected: Exception | None = None

    def fault(self, fault: SourceUnavailable) -> None:
        """Count a refusal."""
        self.faults[fault.reason] += 1
        self.messages.setdefault(fault.reason, str(fault))

    def close(self, *, source: str, shards: int, paused: int, vanished: frozenset[str] = frozenset()) -> PollOutcome:
        """The poll's outcome."""
        return PollOutcome(
            source=source,
            shards=shards,
            listed=self.listed,
            paused=paused,
            new_objects=self.new_objects,
            skipped=dict(self.skipped),
            faults={reason: FaultCount(count=n, message=self.messages[reason]) for reason, n in self.faults.items()},
            is_complete=not self.faults and self.unexpected is None and self.listed == shards,
            vanished=vanished,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """How a source is polled. `chunk` bounds how many objects of one shard are held in memory at a time."""

    start: str = "auto"
    poll_every: timedelta = timedelta(minutes=5)
    lookback: timedelta = timedelta(hours=1)
    keep_objects: timedelta = timedelta(days=3)
    concurrency: int = 8
    chunk: int = 2_000
    sweep_every: timedelta = timedelta(hours=6)
    horizon: timedelta = timedelta(days=35)
