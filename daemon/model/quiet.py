"""Quiet hours: until when alerts of low levels are held back. Pure: the time zone is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from daemon.model.rules import Level

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From `begins` to `ends` by the clock of `zone`, over midnight if need be, on these days (0: Monday).

    A night belongs to the day on which it begins. What is at least `min_level` is told at any time.
    """

    begins: time
    ends: time
    zone: tzinfo
    min_level: Level
    days: frozenset[int] = frozenset(range(7))

    def until(self, level: Level, now: datetime) -> datetime | None:
        """When an alert of this level may be told; None for now. In UTC."""
        if level.rank >= self.min_level.rank:
            return None
        today = now.astimezone(self.zone).date()
        for day in (today - _DAY, today):
            if day.weekday() not in self.days:
                continue
            begin = datetime.combine(day, self.begins, self.zone).astimezone(UTC)
            last = day if self.ends > self.begins else day + _DAY
            end = datetime.combine(last, self.ends, self.zone).astimezone(UTC)
            if begin <= now < end:
                return end
        return None
