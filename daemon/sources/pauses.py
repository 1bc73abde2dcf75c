"""Remembers which shards could not be listed, and leaves them alone for longer each time, up to an hour.

Only in memory: after a restart everything is tried at once, which is what a person who has just mended it wants.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from daemon.sources.retry import LONGEST, retry_delay


class Pauses:
    """Used by one thread."""

    def __init__(self, poll_every: timedelta) -> None:
        self._poll_every = poll_every
        self._paused: dict[str, tuple[int, datetime]] = {}

    def fail(self, path: str, *, now: datetime) -> None:
        """A shard could not be listed: the first time it is tried again at the next poll, then every second …"""
        failures = self._paused.get(path, (0, now))[0] + 1
        delay = retry_delay(failures, jitter=0, first=self._poll_every)
        # Half a round less, since polls do not come to the second.
        self._paused[path] = failures, now + delay - self._poll_every / 2

    def succeed(self, path: str) -> None:
        """A shard could be listed."""
        self._paused.pop(path, None)

    def clear(self) -> None:
        """Whatever was wrong has been mended: try everything."""
        self._paused.clear()

    def holds(self, path: str, *, now: datetime) -> bool:
        """Whether a shard is still left alone."""
        if path not in self._paused:
            return False
        # A pause longer than any that is given was begun by a clock that ran ahead, and might outlast us all.
        return timedelta(0) < self._paused[path][1] - now <= LONGEST
