"""What the work on log files holds until it is recorded, and what it says of itself at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from daemon.detect.ruleset import RuleSet
from daemon.model import ObjectResult, ObjectState
from daemon.pipeline import Processed
from daemon.ports import LedgerRow

_OBJECTS = 64
_MATCHES = 1_000
_BYTES = 16 << 20  # of memory, with the object that goes over it: what is held must not grow with the backlog
_SECONDS = 1.0


@dataclass(slots=True, kw_only=True)
class WorkReport:
    """What one run came to: `--once` must say whether anything failed."""

    done: int = 0
    quarantined: int = 0

    def count(self, result: ObjectResult) -> None:
        """One object recorded."""
        if result.state is ObjectState.QUARANTINED:
            self.quarantined += 1
        else:
            self.done += 1

    def add(self, other: WorkReport) -> None:
        """What a second run came to."""
        self.done += other.done
        self.quarantined += other.quarantined


@dataclass(slots=True, kw_only=True)
class Batch:
    """Objects evaluated by one rule set that wait to be recorded together."""

    ruleset: RuleSet
    items: list[tuple[LedgerRow, Processed]] = field(default_factory=list)
    matches: int = 0
    bytes: int = 0
    since_s: float = field(default_factory=time.monotonic)

    def add(self, row: LedgerRow, processed: Processed) -> None:
        """Take one more in."""
        self.items.append((row, processed))
        self.matches += len(processed.result.matches)
        self.bytes += processed.held_bytes

    def is_full(self) -> bool:
        """Whether it is time to record it."""
        is_late = time.monotonic() - self.since_s > _SECONDS
        is_large = self.matches >= _MATCHES or self.bytes >= _BYTES
        return len(self.items) >= _OBJECTS or is_large or is_late


def unread(row: LedgerRow, state: ObjectState, reason: str | None) -> Processed:
    """What came of an object of which nothing could be read."""
    return Processed(result=ObjectResult(row_id=row.row_id, object=row.object, state=state, reason=reason))
