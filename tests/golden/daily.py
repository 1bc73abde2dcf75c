"""Days and what is told of them: inputs of the golden files of daily digests."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from daemon.model import Alert, Level, Mute, MuteScope, Person
from daemon.model.daily import kept_as_alert
from daemon.model.day import (
    AlertCount,
    Day,
    DestinationHealth,
    Happened,
    LiveMute,
    RuleMatches,
    RuleVerdicts,
    SourceHealth,
)
from daemon.notify.daily_parts import laid_out
from tests.doubles.alerts import NOW

NAMES = {"111122223333": "prod", "444455556666": "payments-test"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALICE, BOB = Person(id="slack:T1/U1", name="Alice"), Person(id="slack:T1/U2", name="Bob")
TRAIL = "s3://trail"


def digests() -> dict[str, Alert]:
    """A day with everything, one without anything, and one with too much of everything."""
    return {
        "daily-digest": told(a_full_day()),
        "daily-digest-of-nothing": told(a_quiet_day()),
        "daily-digest-of-much": told(a_wild_day()),
    }


def told(day: Day) -> Alert:
    """The alert that holds its digest."""
    digest = laid_out(day, on=date(2026, 3, 1), names=NAMES, now=NOW)
    return kept_as_alert(digest, alert_id="alert-daily", now=NOW)


def a_mute(number: int, **changes: object) -> Mute:
    """A mute of one identity that ends tomorrow."""
    values: dict[str, object] = {
        "id": number,
        "rule_id": "rule-1",
        "title": "IAM group deleted",
        "scope": MuteScope.IDENTITY,
        "account": "111122223333",
        "principal": "arn:aws:iam::111122223333:role/Deploy",
        "reason": "the nightly clean-up",
        "duration": 3 * DAY,
        "with_critical": False,
        "alert_id": "alert-1",
        "made_by": ALICE,
        "made_at": NOW - 2 * DAY,
        "from_at": NOW - 2 * DAY,
        "until_at": NOW + DAY,
    }
    return Mute(**(values | changes))  # type: ignore[arg-type]  # a table of its fields


def a_full_day() -> Day:
    """Something of everything."""
    waiting = a_mute(4, scope=MuteScope.ALL, account="", principal="", from_at=None, until_at=None, made_at=NOW - HOUR)
    confirmed = a_mute(3, scope=MuteScope.ALL, with_critical=True, confirmed_by=BOB, until_at=NOW + 20 * HOUR)
    return Day(
        since=NOW - DAY,
        until=NOW,
        happened=Happened(
            alerts=(
                _count("Root signed in", Level.CRITICAL, "111122223333", 1),
                _count("IAM group deleted", Level.HIGH, "444455556666", 12),
                _count("Failed sign-in", Level.LOW, "several", 3),
                _count("Undecodable record", Level.LOW, "", 1),
            ),
            shadow_alerts=2,
            muted_alerts=4,
            matches=(
                _matched("Failed sign-in", 310),
                _matched("IAM group deleted", 64, muted=50),
                _matched("Unusual region", 40, muted=1, shadow=39),
            ),
            verdicts=(
                RuleVerdicts(title="IAM group deleted", expected=2, not_expected=1),
                RuleVerdicts(title="Failed sign-in", expected=5, not_expected=0),
            ),
            notices=(("Nothing new from account 111122223333", 2), ("A rule file is broken", 1)),
            given_up={"security": 1},
        ),
        mutes=(
            LiveMute(mute=waiting, matches=0),
            LiveMute(mute=confirmed, matches=1),
            LiveMute(mute=a_mute(2), matches=50),
        ),
        sources=(
            SourceHealth(
                name=TRAIL,
                shards=40,
                newest_event_at=NOW - timedelta(minutes=9),
                newest_file_at=NOW - timedelta(minutes=4),
                pending=3,
                oldest_pending_at=NOW - 2 * HOUR,
                quarantined=1,
                silent=tuple(f"444455556666 eu-west-{n}" for n in range(1, 8)),
                missing=("777788889999",),
                refused=("111122223333 us-east-1 (access_denied)",),
                proved_until=(NOW - HOUR, NOW - 5 * HOUR),
                unseen=2,
            ),
            SourceHealth(name="file:examples/bucket", shards=1, pending=1),
        ),
        destinations=(
            DestinationHealth(name="terminal"),
            DestinationHealth(name="security", pending=7, oldest_at=NOW - 3 * HOUR),
        ),
        rules={"loaded": 31, "last_good": 1, "refused": 2, "passed_over": 0},
    )


def a_quiet_day() -> Day:
    """Nothing happened, and everything is well."""
    return Day(
        since=NOW - DAY,
        until=NOW,
        happened=Happened(),
        sources=(
            SourceHealth(
                name=TRAIL,
                shards=2,
                newest_event_at=NOW - HOUR,
                newest_file_at=NOW - HOUR,
                proved_until=(NOW - HOUR, NOW - HOUR),
            ),
        ),
        destinations=(DestinationHealth(name="security"),),
        rules={"loaded": 31},
    )


def a_wild_day(value: str = "A" * 200) -> Day:
    """More of everything than there is room for, each text as long and as odd as this one."""
    people = Person(id="slack:T1/U1", name=value)
    mutes = [
        a_mute(n, title=value, reason=value[:300], principal=value, made_by=people, confirmed_by=people)
        for n in range(1, 61)
    ]
    at: datetime = NOW - HOUR
    return Day(
        since=NOW - 3 * DAY,
        until=NOW,
        happened=Happened(
            alerts=tuple(_count(f"{n} {value}", Level.HIGH, value, 100 - n) for n in range(60)),
            matches=tuple(_matched(f"{n} {value}", 1000 - n, muted=n) for n in range(10)),
            verdicts=tuple(RuleVerdicts(title=value, expected=n, not_expected=1) for n in range(20)),
            notices=tuple((f"{n} {value}", n + 1) for n in range(10)),
        ),
        mutes=tuple(LiveMute(mute=mute, matches=mute.id) for mute in mutes),
        sources=tuple(
            SourceHealth(
                name=f"{n} {value}",
                shards=9,
                newest_file_at=at,
                silent=(value,) * 9,
                missing=(value,),
                refused=(value,),
            )
            for n in range(12)
        ),
        destinations=tuple(DestinationHealth(name=f"d{n}", pending=n + 1, oldest_at=at) for n in range(12)),
        rules={"refused": 3},
    )


def _count(title: str, level: Level, account: str, alerts: int) -> AlertCount:
    return AlertCount(title=title, level=level, account=account, alerts=alerts)


def _matched(title: str, matches: int, *, muted: int = 0, shadow: int = 0) -> RuleMatches:
    return RuleMatches(rule_id=title, title=title, matches=matches, muted=muted, shadow=shadow)
