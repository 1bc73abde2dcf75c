"""How long to wait after a failure: attempts and a jitter in, a delay out; the one rule that all waits follow. Pure."""

from __future__ import annotations

from datetime import timedelta

_DOUBLINGS = 30  # beyond that a timedelta overflows, and any `longest` is long reached


def doubled(attempts: int, *, first: timedelta, longest: timedelta, jitter: float) -> timedelta:
    """The wait after so many failures (1 is the first): twice as long each time, up to `longest`.

    `jitter`, from 0 to 1, takes up to half of it away, so that what failed together is not tried again together.
    """
    delay: timedelta = min(first * (1 << min(max(attempts - 1, 0), _DOUBLINGS)), longest)
    return delay * (1 - jitter / 2)
