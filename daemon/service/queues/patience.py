"""How long a queue that refused is left alone: longer each time, up to five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from daemon.sources.retry import retry_delay

LONGEST = timedelta(minutes=5)


class Patience:
    """Used by one thread."""

    def __init__(self) -> None:
        self._refusals = 0
        self._until: datetime | None = None

    def refused(self, *, now: datetime, jitter: float) -> datetime:
        """Gives when to ask again."""
        self._refusals += 1
        self._until = now + retry_delay(self._refusals, jitter=jitter, longest=LONGEST)
        return self._until

    def answered(self) -> None:
        """It is well again."""
        self._refusals, self._until = 0, None

    def until(self, now: datetime) -> datetime | None:
        """When the queue may be asked again; None for now."""
        # A wait longer than any that is given was begun by a clock that ran ahead.
        is_on = self._until is not None and timedelta(0) < self._until - now <= 2 * LONGEST
        return self._until if is_on else None
