"""The stretch of event time that a backtest looks at, and which log files cannot hold anything of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

from daemon.config.values import parse_duration

EARLY = timedelta(hours=1)  # the minute in a file's name is not quite the time it was written
LATE = timedelta(days=35)  # CloudTrail delivers again for up to 30 days: the horizon of the late sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Event times from `since` up to, not including, `until`; None leaves that side open."""

    since: datetime | None = None
    until: datetime | None = None

    def covers(self, at: datetime | None) -> bool:
        """Whether an event of this time counts. One whose time cannot be read does: better shown than missed."""
        if at is None:
            return True
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    @property
    def stamped_from(self) -> datetime | None:
        """Log files stamped before can hold nothing of it; None when any file may."""
        return self.since - EARLY if self.since and self.since.year > MINYEAR else None

    @property
    def stamped_before(self) -> datetime | None:
        """Log files stamped then or later, so late that nothing is delivered again; None when any file may matter."""
        return self.until + LATE if self.until and self.until.year < MAXYEAR else None

    def may_hold(self, stamped_at: datetime) -> bool:
        """Whether a log file stamped then can matter: it holds events of any earlier time, and may be late."""
        if self.stamped_from is not None and stamped_at < self.stamped_from:
            return False
        return self.stamped_before is None or stamped_at < self.stamped_before


def parse_moment(text: str, *, now: datetime) -> datetime:
    """`-7d` back from now, `now`, a day (its midnight) or an ISO 8601 time; UTC unless it says. Raises ValueError."""
    text = text.strip()
    if text == "now":
        return now
    try:
        if text.startswith("-"):
            back: timedelta = parse_duration(text[1:])
            return now - back
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time: write -7d, 2026-01-31 or 2026-01-31T12:00:00Z (UTC unless it says)"
        ) from None
