"""In which hours log files came: a bit for each hour of the last eight weeks. Pure.

Stamps of files enter, a few bytes a shard leave; older weeks are forgotten by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOURS_A_WEEK = 168
WEEKS_KEPT = 8
_KEPT = (1 << (WEEKS_KEPT * HOURS_A_WEEK)) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """`newest` is the last hour in which something came, counted from 1970; bit n of `bits` stands for n hours before.

    So bit 0 is always set.
    """

    newest: int
    bits: int = 1

    @property
    def span(self) -> int:
        """How many hours lie from the oldest that is remembered to the newest, both counted."""
        return self.bits.bit_length()


def hour_of(at: datetime) -> int:
    """The hour that a time lies in, counted from 1970."""
    return (at - _EPOCH) // _HOUR


def heard(hours: Hours | None, hour: int) -> Hours:
    """The same with one more hour in which something came, in any order; one older than all that is kept is lost."""
    if hours is None:
        return Hours(newest=hour)
    if hour > hours.newest:
        # Compared first: a shift by a gap of decades would build a number of that many bits.
        ahead = hour - hours.newest
        older = hours.bits << ahead if ahead < WEEKS_KEPT * HOURS_A_WEEK else 0
        return Hours(newest=hour, bits=(older | 1) & _KEPT)
    back = hours.newest - hour
    return hours if back >= WEEKS_KEPT * HOURS_A_WEEK else Hours(newest=hours.newest, bits=hours.bits | 1 << back)


def together(several: Iterable[Hours]) -> Hours | None:
    """The hours in which something came in any of these; None without any."""
    found = list(several)
    if not found:
        return None
    newest = max(each.newest for each in found)
    bits = 0
    for each in found:
        ahead = newest - each.newest
        bits |= each.bits << ahead if ahead < WEEKS_KEPT * HOURS_A_WEEK else 0
    return Hours(newest=newest, bits=bits & _KEPT)


def packed(hours: Hours) -> bytes:
    """The bits as bytes, at most 168 of them."""
    return hours.bits.to_bytes(-(-hours.span // 8), "little")


def unpacked(newest: int, data: bytes) -> Hours:
    """What `packed` was given; bytes that nobody packed are taken as far as they make sense."""
    return Hours(newest=newest, bits=(int.from_bytes(data, "little") | 1) & _KEPT)
