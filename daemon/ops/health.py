"""Whether the daemon is alive (its loops turn) and ready (rules loaded, store open, first poll started)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Step(StrEnum):
    """What must have happened before the daemon counts as ready."""

    RULES = "rules loaded"
    STORE = "store open"
    POLL = "first poll started"


@dataclass(slots=True)
class _Loop:
    beat_s: float
    tolerance_s: float


class Health:
    """Loops report here that they turn; a loop that was silent for longer than it may be makes us unhealthy.

    `monotonic` gives seconds that never jump. Safe to use from any thread.
    """

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._loops: dict[str, _Loop] = {}
        self._missing = set(Step)
        self._failed: str | None = None

    def watch(self, loop: str, *, tolerance: timedelta) -> None:
        """Expect a beat of this loop at least every `tolerance`."""
        with self._lock:
            self._loops[loop] = _Loop(self._monotonic(), tolerance.total_seconds())

    def beat(self, loop: str) -> None:
        """The loop turns. One that nobody watches (a single cycle) may say so too."""
        with self._lock:
            if loop in self._loops:
                self._loops[loop].beat_s = self._monotonic()

    def reached(self, step: Step) -> None:
        """One more thing that readiness needs has happened."""
        with self._lock:
            self._missing.discard(step)

    def fail(self, why: str) -> None:
        """Something ended that should never end: unhealthy from now on."""
        with self._lock:
            self._failed = why

    def ailments(self) -> list[str]:
        """What is wrong with the loops; empty when alive."""
        with self._lock:
            now_s = self._monotonic()
            stuck = [
                f"{name} has been silent for {now_s - loop.beat_s:.0f} s"
                for name, loop in sorted(self._loops.items())
                if now_s - loop.beat_s > loop.tolerance_s
            ]
            return ([self._failed] if self._failed else []) + stuck

    def missing(self) -> list[str]:
        """What readiness still waits for; empty when ready."""
        with self._lock:
            return [f"waiting: {step}" for step in Step if step in self._missing]
