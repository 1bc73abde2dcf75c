"""One thing that counts for a correlation. Times are microseconds since the epoch, as the store keeps them."""

from __future__ import annotations

from typing import NamedTuple


class Occurrence(NamedTuple):
    """A match of a base (an event: `at` and `until` are the same), or a burst of firings of a base correlation.

    `key` names the event or burst, `values` what the condition's fields hold. It is within the window that ends at t
    when any of its time is: `at <= t` and `until >= t - timespan`.
    """

    at: int
    until: int
    base: int
    key: str
    values: tuple[str | float, ...] = ()
