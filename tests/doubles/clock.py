"""A clock that tests move."""

from __future__ import annotations

from datetime import datetime, timedelta


class MovableClock:
    """Stands still until told to go on."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, duration: timedelta) -> None:
        """Go on (or, with a negative duration, back)."""
        self.now += duration
