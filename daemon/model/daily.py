"""The daily digest: when one is due, what it says, and how it is kept as an alert of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby

from daemon.model.alerts import NOTICE_PREFIX, Alert, AlertState, RuleFacts, Sample
from daemon.model.matches import GroupKey
from daemon.model.rules import Level, Mode

DAILY_RULE_ID = f"{NOTICE_PREFIX}daily_digest"
A_DAY = timedelta(days=1)
_LONGEST = timedelta(days=31)  # after a long pause: older news are none


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySchedule:
    """On which days (0 is Monday) and at which time there a digest falls due."""

    at: time
    zone: tzinfo
    days: frozenset[int]

    def due_on(self, now: datetime) -> tuple[date, datetime] | None:
        """Today, there, and the moment it fell due; None while that is to come, and on days without a digest."""
        today = now.astimezone(self.zone).date()
        moment = datetime.combine(today, self.at, tzinfo=self.zone).astimezone(UTC)
        return (today, moment) if today.weekday() in self.days and moment <= now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Lines that belong together. Those of a table are laid out in columns."""

    heading: str
    lines: tuple[str, ...]
    is_table: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyDigest:
    """What is told of the time from `since` until before `until`, and how everything stood then.

    `day` is the day it is for, where it was asked for: one a day is made.
    """

    day: date
    since: datetime
    until: datetime
    headline: str
    parts: tuple[Part, ...]


def begin_of_period(last_until: datetime | None, *, born_at: datetime, until: datetime) -> datetime:
    """From when on to tell: since the last digest, else for a day, and of nothing before the state was made."""
    if last_until is None or last_until >= until:  # the first, or the clock was set back
        return min(max(until - A_DAY, born_at), until)
    return max(last_until, until - _LONGEST)


def group_of_day(day: date) -> GroupKey:
    """What tells the digest of this day from others."""
    return (("day", day.isoformat()),)


def kept_as_alert(digest: DailyDigest, *, alert_id: str, now: datetime) -> Alert:
    """The alert that holds a digest: a notice by its rule id, one line of it a field of its only sample."""
    lines = tuple((part.heading, line) for part in digest.parts for line in part.lines)
    tables = tuple(part.heading for part in digest.parts if part.is_table)
    return Alert(
        id=alert_id,
        rule_id=DAILY_RULE_ID,
        group=group_of_day(digest.day),
        level=Level.INFORMATIONAL,
        title=f"Daily digest, {digest.day.isoformat()}",
        mode=Mode.ALERT,
        state=AlertState.OPEN,
        first_at=digest.since,
        last_at=digest.until,
        opened_at=now,
        grown_at=now,
        count=1,
        is_late=False,
        samples=(_sample(digest, lines),),
        facts=RuleFacts(description=digest.headline, tags=tables),
        ruleset_digest="",
    )


def digest_in(alert: Alert) -> DailyDigest | None:
    """The digest that an alert holds; None where it holds none."""
    if alert.rule_id != DAILY_RULE_ID:
        return None
    lines = [pair for sample in alert.samples for pair in sample.fields]
    return DailyDigest(
        day=_day(alert),
        since=alert.first_at,
        until=alert.last_at,
        headline=alert.facts.description,
        parts=tuple(_parts(lines, tables=alert.facts.tags)),
    )


def _day(alert: Alert) -> date:
    try:
        return date.fromisoformat(dict(alert.group).get("day", ""))
    except ValueError:
        return alert.opened_at.date()


def _parts(lines: Iterable[tuple[str, str]], *, tables: tuple[str, ...]) -> Iterable[Part]:
    for heading, pairs in groupby(lines, key=lambda pair: pair[0]):
        yield Part(heading=heading, lines=tuple(line for _, line in pairs), is_table=heading in tables)


def _sample(digest: DailyDigest, lines: tuple[tuple[str, str], ...]) -> Sample:
    return Sample(
        event_id="",
        time=digest.until.isoformat(timespec="seconds").replace("+00:00", "Z"),
        name="daily_digest",
        source="trailwarden",
        account="",
        region="",
        actor="",
        object_url="",
        summary=digest.headline,
        fields=lines,
    )
