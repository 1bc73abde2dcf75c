"""Where a source begins: the configured `start` and the time in, an absolute time or no bound out. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from daemon.config.values import parse_duration


def resolve_start(start: str, *, is_remote: bool, now: datetime) -> datetime | None:
    """`auto`, `now`, `-1h` or an ISO 8601 time as a time in UTC; None takes everything. Raises ValueError.

    `auto` is everything for a folder, and the last hour for a bucket, whose history may be years long.
    """
    if start == "auto":
        return now - timedelta(hours=1) if is_remote else None
    if start == "now":
        return now
    if start.startswith("-"):
        back: timedelta = parse_duration(start[1:])
        return now - back
    moment = datetime.fromisoformat(start)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
