"""How long to leave a thing alone after the environment refused it: attempts and a jitter in, a delay out. Pure."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=5)
LONGEST = timedelta(hours=1)


def retry_delay(attempts: int, *, jitter: float, first: timedelta = FIRST, longest: timedelta = LONGEST) -> timedelta:
    """The delay after this many attempts (1 is the first): doubled each time up to `longest`.

    `jitter`, from 0 to 1, takes up to half of it away, so that what failed together is not tried again together.
    """
    doublings = min(max(attempts, 1) - 1, 30)  # beyond that a timedelta overflows, and `longest` is long reached
    delay: timedelta = min(first * 2**doublings, longest)
    return delay * (1 - jitter / 2)
