"""When to try again: doubling waits with jitter, so that many deliveries do not come back at the same moment."""

from __future__ import annotations

from datetime import timedelta

RETRY_FIRST = timedelta(seconds=2)
RETRY_CAP = timedelta(minutes=5)  # an alert should follow soon after the destination is back
ALONE_CAP = timedelta(hours=1)  # a message that only it is refused is no hurry of anybody's
PROBE_FIRST = timedelta(seconds=30)
PROBE_CAP = timedelta(minutes=10)
_DOUBLINGS = 24  # further ones change nothing below any cap


def delay(attempts: int, *, first: timedelta, cap: timedelta, jitter: float) -> timedelta:
    """The wait after `attempts` failures (1 or more); `jitter` in [0, 1) shortens it by up to a quarter."""
    doubled = first * (1 << min(max(attempts - 1, 0), _DOUBLINGS))
    return min(doubled, cap) * (1 - 0.25 * jitter)


def retry_delay(attempts: int, *, jitter: float) -> timedelta:
    """The wait before a delivery is tried again."""
    return delay(attempts, first=RETRY_FIRST, cap=RETRY_CAP, jitter=jitter)


def alone_delay(attempts: int, *, jitter: float) -> timedelta:
    """The wait before a delivery is tried again that fails while others pass."""
    return delay(attempts, first=RETRY_FIRST, cap=ALONE_CAP, jitter=jitter)


def probe_delay(probes: int, *, jitter: float) -> timedelta:
    """The wait before a paused destination is tried again."""
    return delay(probes, first=PROBE_FIRST, cap=PROBE_CAP, jitter=jitter)
