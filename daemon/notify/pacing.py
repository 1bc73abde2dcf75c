"""How often one channel may be written to, shared by the destinations that share its token."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

ONE_A_SECOND = timedelta(seconds=1)  # Slack's rule for a channel
FIFTY_A_MINUTE = timedelta(seconds=1.2)  # and for changes to messages, of all channels together
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
            if self._free_at is not None and now < self._free_at and not self._is_back(now):
                return self._free_at
            self._set_at, self._free_at = now, now + self.interval
            return None

    def waits_until(self, now: datetime) -> datetime | None:
        """When the next turn may be taken; None when it may be now. Takes none."""
        with self._lock:
            is_free = self._free_at is None or now >= self._free_at or self._is_back(now)
            return None if is_free else self._free_at

    def hold(self, *, now: datetime, until: datetime) -> None:
        """Grant no turn before `until`: the other side asked for quiet."""
        with self._lock:
            known = None if self._is_back(now) else self._free_at
            self._set_at, self._free_at = now, until if known is None else max(known, until)

    def _is_back(self, now: datetime) -> bool:
        """Whether the clock was set back since, which must not silence a channel."""
        return self._set_at is not None and now < self._set_at
