"""The stretch of event time that a backtest looks at, and which log files cannot hold anything of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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

    def may_hold(self, stamped_at: datetime) -> bool:
        """Whether a log file stamped then can matter: it holds events of any earlier time, and may be late."""
        if self.since is not None and stamped_at < self.since - EARLY:
            return False
        return self.until is None or stamped_at < self.until + LATE


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
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time: write -7d, 2026-01-31 or 2026-01-31T12:00:00Z (UTC unless it says)"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
