"""What one round of proving did, for metrics, notices and `--once`."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import DigestOutcome


@dataclass(slots=True, kw_only=True)
class ProofSheet:
    """Counts of a round under way; filled from several threads.

    `digests` by outcome, `files` by what digests say of them, `findings` that are new, `fetched`: files that only a
    digest told us of, `unexpected`: a fault of ours, `missing`: files that are named, not there, and not yet told.
    """

    digests: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    findings: int = 0
    fetched: int = 0
    missing: int = 0
    faults: Counter[EnvironmentReason] = field(default_factory=Counter)
    messages: dict[EnvironmentReason, str] = field(default_factory=dict)
    unexpected: Exception | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_complete(self) -> bool:
        """Whether everything there is was looked at."""
        return not self.faults and self.unexpected is None

    @property
    def has_proof(self) -> bool:
        """Whether a digest was found that may be believed."""
        return bool(self.digests[DigestOutcome.VERIFIED] + self.digests[DigestOutcome.UNSIGNED])

    def fault(self, fault: SourceUnavailable) -> None:
        """Count a refusal."""
        with self._lock:
            self.faults[fault.reason] += 1
            self.messages.setdefault(fault.reason, str(fault))

    def digest(self, outcome: str, *, findings: int) -> None:
        """Count a digest that was looked at."""
        with self._lock:
            self.digests[outcome] += 1
            self.findings += findings
