"""How long to leave an object or a shard alone after the environment refused it."""

from __future__ import annotations

from datetime import timedelta

from daemon.backoff import doubled

FIRST = timedelta(seconds=5)
LONGEST = timedelta(hours=1)


def retry_delay(attempts: int, *, jitter: float, first: timedelta = FIRST, longest: timedelta = LONGEST) -> timedelta:
    """The delay after this many attempts (1 is the first)."""
    return doubled(attempts, first=first, longest=longest, jitter=jitter)
