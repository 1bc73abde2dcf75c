"""When a digest is due, what period it is about, and that it comes out of its alert as it went in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from daemon.model.daily import DailySchedule, begin_of_period, digest_in, kept_as_alert
from daemon.notify.daily_parts import laid_out
from tests.doubles.alerts import NOW, an_alert
from tests.golden.daily import NAMES, a_full_day, a_quiet_day, told

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = DailySchedule(at=time(8, 0), zone=BERLIN, days=frozenset(range(5)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-05-04T05:59:59", None),  # a Monday, and summer in Berlin
        ("2026-05-04T06:00:00", (date(2026, 5, 4), "2026-05-04T06:00:00")),
        ("2026-05-04T21:59:59", (date(2026, 5, 4), "2026-05-04T06:00:00")),
        ("2026-05-04T22:00:00", None),  # Tuesday has begun there
        ("2026-05-09T12:00:00", None),
        ("2026-12-01T07:00:00", (date(2026, 12, 1), "2026-12-01T07:00:00")),
    ],
)
def test_a_digest_is_due_from_its_time_until_the_end_of_the_day_there(now: str, due: tuple[date, str] | None) -> None:
    assert WORKDAYS.due_on(at(now)) == (due and (due[0], at(due[1])))


def test_a_time_that_the_clocks_leave_out_falls_due_an_hour_later() -> None:
    nightly = DailySchedule(at=time(2, 30), zone=BERLIN, days=frozenset(range(7)))
    assert nightly.due_on(at("2026-03-29T01:29:00")) is None
    assert nightly.due_on(at("2026-03-29T01:31:00")) == (date(2026, 3, 29), at("2026-03-29T01:30:00"))


@pytest.mark.parametrize(
    ("last", "born", "begin"),
    [
        (None, NOW - 9 * DAY, NOW - DAY),
        (None, NOW - DAY / 4, NOW - DAY / 4),
        (None, NOW + DAY, NOW),
        (NOW - 3 * DAY, NOW - 9 * DAY, NOW - 3 * DAY),
        (NOW - 90 * DAY, NOW - 99 * DAY, NOW - 31 * DAY),
        (NOW + DAY, NOW - 9 * DAY, NOW - DAY),
    ],
    ids=["first", "young state", "clock behind its birth", "after a weekend", "after a long pause", "clock set back"],
)
def test_a_digest_tells_what_the_last_one_has_not(last: datetime | None, born: datetime, begin: datetime) -> None:
    assert begin_of_period(last, born_at=born, until=NOW) == begin


def test_a_digest_comes_out_of_its_alert_as_it_went_in() -> None:
    for day in (a_full_day(), a_quiet_day()):
        digest = laid_out(day, on=date(2026, 3, 1), names=NAMES, now=NOW)
        assert digest_in(kept_as_alert(digest, alert_id="alert-1", now=NOW)) == digest


def test_no_other_alert_holds_one_and_an_odd_day_is_that_of_the_alert() -> None:
    assert digest_in(an_alert()) is None
    digest = digest_in(replace(told(a_quiet_day()), group=(("day", "noday"),)))
    assert digest is not None
    assert digest.day == NOW.date()
