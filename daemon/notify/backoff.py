"""When to send again: how the waits of deliveries and of paused destinations grow."""

from __future__ import annotations

from datetime import timedelta

from daemon.backoff import doubled

RETRY_FIRST = timedelta(seconds=2)
RETRY_CAP = timedelta(minutes=5)  # an alert should follow soon after the destination is back
ALONE_CAP = timedelta(hours=1)  # a message that only it is refused is no hurry of anybody's
PROBE_FIRST = timedelta(seconds=30)
PROBE_CAP = timedelta(minutes=10)


def retry_delay(attempts: int, *, jitter: float) -> timedelta:
    """The wait before a delivery is tried again."""
    return doubled(attempts, first=RETRY_FIRST, longest=RETRY_CAP, jitter=jitter)


def alone_delay(attempts: int, *, jitter: float) -> timedelta:
    """The wait before a delivery is tried again that fails while others pass."""
    return doubled(attempts, first=RETRY_FIRST, longest=ALONE_CAP, jitter=jitter)


def probe_delay(probes: int, *, jitter: float) -> timedelta:
    """The wait before a paused destination is tried again."""
    return doubled(probes, first=PROBE_FIRST, longest=PROBE_CAP, jitter=jitter)
