"""How often one channel may be written to, shared by the destinations that share its token."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

ONE_A_SECOND = timedelta(seconds=1)  # Slack's rule for a channel
UNPACED = timedelta(0)


class Pacer:
    """Hands out turns `interval` apart. Thread-safe; it tells when, and never waits itself."""

    def __init__(self, interval: timedelta) -> None:
        self.interval = interval
        self._lock = threading.Lock()
        self._set_at: datetime | None = None
        self._free_at: datetime | None = None

    def take(self, now: datetime) -> datetime | None:
        """Take a turn now: None when it is granted, else the time at which to ask again."""
        with self._lock:
            is_clock_back = self._set_at is not None and now < self._set_at  # which must not silence a channel
            if self._free_at is not None and now < self._free_at and not is_clock_back:
                return self._free_at
            self._set_at, self._free_at = now, now + self.interval
            return None

    def hold(self, *, now: datetime, until: datetime) -> None:
        """Grant no turn before `until`: the other side asked for quiet."""
        with self._lock:
            self._set_at = now
            self._free_at = until if self._free_at is None else max(self._free_at, until)
