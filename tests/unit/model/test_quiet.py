"""Until when low alerts wait: over midnight, by days, and where clocks are put forward."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from daemon.model import Level, QuietHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(begins=time(22), ends=time(7), zone=BERLIN, min_level=Level.HIGH)
NOON_BREAK = QuietHours(begins=time(12), ends=time(13), zone=UTC, min_level=Level.HIGH)


def at(hour: int, minute: int = 0, day: int = 4) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=UTC)  # the 4th is a Monday; Berlin is two hours ahead


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, at(19, 59), None),
        (NIGHT, at(20), at(5, day=5)),
        (NIGHT, at(23, 30), at(5, day=5)),
        (NIGHT, at(4, 59), at(5)),
        (NIGHT, at(5), None),
        (NOON_BREAK, at(12, 30), at(13)),
        (NOON_BREAK, at(13), None),
    ],
)
def test_a_low_alert_waits_for_the_end(quiet: QuietHours, now: datetime, until: datetime | None) -> None:
    assert quiet.until(Level.MEDIUM, now) == until


def test_a_grave_one_never_waits() -> None:
    assert NIGHT.until(Level.HIGH, at(23)) is None


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    working = QuietHours(begins=time(22), ends=time(7), zone=UTC, min_level=Level.HIGH, days=frozenset({4}))
    assert working.until(Level.LOW, at(23, day=8)) == at(7, day=9)  # Friday night
    assert working.until(Level.LOW, at(6, day=9)) == at(7, day=9)
    assert working.until(Level.LOW, at(23, day=9)) is None


def test_a_night_in_which_clocks_change_ends_by_the_clock_on_the_wall() -> None:
    begin = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    end = NIGHT.until(Level.LOW, begin)
    assert end == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    assert end.astimezone(BERLIN).hour == 7
    assert end - begin < timedelta(hours=7)
