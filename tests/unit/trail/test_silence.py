"""When quiet is a silence: by the hours of the week that were usual, by a fixed time, and never while it learns."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model.activity import Hours, heard, hour_of
from daemon.trail.silence import LATENESS, State, Terms, judge

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
AUTO = Terms(after=None, learn=timedelta(days=14))


def pattern(weeks: int, *, comes: object, until: datetime) -> Hours:
    """Hours of so many weeks before `until` in which `comes(hour of the week)`."""
    hours: Hours | None = None
    for back in range(weeks * 168, 0, -1):
        at = until - back * HOUR
        if comes(at):  # type: ignore[operator]
            hours = heard(hours, hour_of(at))
    assert hours is not None
    return hours


def always(at: datetime) -> bool:
    return True


def office(at: datetime) -> bool:
    return at.weekday() < 5 and 9 <= at.hour < 17


def nightly(at: datetime) -> bool:
    return at.hour == 3


def after(hours: Hours, quiet: timedelta, terms: Terms = AUTO) -> State:
    """The state so long after the newest hour's end."""
    heard_at = datetime(1970, 1, 1, tzinfo=UTC) + (hours.newest + 1) * HOUR
    return judge(hours, heard_at=heard_at, seen_until=heard_at + quiet + LATENESS, terms=terms).state


def first_silent(hours: Hours) -> datetime:
    """When the quiet is first called a silence."""
    for length in range(1, 10_000):
        if after(hours, length * HOUR) is State.SILENT:
            return datetime(1970, 1, 1, tzinfo=UTC) + (hours.newest + 1 + length) * HOUR
    raise AssertionError("never silent")


def test_a_busy_shard_is_silent_after_two_whole_hours() -> None:
    hours = pattern(3, comes=always, until=MONDAY)
    assert after(hours, timedelta(hours=1, minutes=59)) is State.ACTIVE
    assert after(hours, timedelta(hours=2)) is State.SILENT


def test_nights_and_weekends_without_anything_are_no_silence_and_the_first_working_hours_are() -> None:
    friday = MONDAY + timedelta(days=4, hours=17)
    hours = pattern(4, comes=office, until=friday)
    assert first_silent(hours) == MONDAY + timedelta(days=7, hours=11)


def test_a_daily_job_is_missed_after_its_second_day() -> None:
    hours = pattern(4, comes=nightly, until=MONDAY + timedelta(hours=4))
    assert first_silent(hours) == MONDAY + timedelta(days=2, hours=4)


def test_a_quiet_time_as_long_as_one_before_is_no_silence() -> None:
    holiday = MONDAY - timedelta(days=10)
    hours = pattern(4, comes=lambda at: not holiday <= at < holiday + timedelta(hours=20), until=MONDAY)
    assert after(hours, timedelta(hours=30)) is State.ACTIVE
    assert after(hours, timedelta(hours=60)) is State.SILENT


def test_what_is_learned_for_a_single_week_says_nothing_of_that_weeks_quiet() -> None:
    terms = Terms(after=None, learn=timedelta(days=7))
    hours = pattern(1, comes=always, until=MONDAY)
    assert after(hours, timedelta(hours=3), terms) is State.SILENT
    gappy = pattern(1, comes=lambda at: at.hour % 2 == 0 or at == MONDAY - HOUR, until=MONDAY)
    assert after(gappy, timedelta(hours=2), terms) is State.ACTIVE


def test_weeks_of_quiet_are_a_silence_of_all_that_speaks_at_all() -> None:
    for comes in (always, office, nightly, lambda at: at.weekday() == 2 and at.hour == 5):
        hours = pattern(6, comes=comes, until=MONDAY)
        assert after(hours, timedelta(weeks=5)) is State.SILENT


@pytest.mark.parametrize("seed", range(5))
def test_an_account_with_an_event_a_day_at_any_hour_raises_no_false_alarm_in_half_a_year(seed: int) -> None:
    chance = random.Random(seed)
    hours: Hours | None = None
    alarms = 0
    for number in range(26 * 168):
        if hours is not None and number % 6 == 0:
            alarms += after(hours, max(number - hours.newest - 1, 0) * HOUR) is State.SILENT
        if chance.random() < 1 / 24:
            hours = heard(hours, number)
    assert alarms == 0


def test_in_learning_nothing_is_silent_and_all_of_a_source_only_after_days() -> None:
    hours = pattern(1, comes=always, until=MONDAY)
    assert after(hours, timedelta(days=30)) is State.LEARNING
    terms = Terms(after=None, learn=timedelta(days=14), meanwhile=timedelta(days=3))
    assert after(hours, timedelta(days=2), terms) is State.LEARNING
    assert after(hours, timedelta(days=3), terms) is State.SILENT


def test_what_never_spoke_is_judged_only_by_a_time_that_is_given() -> None:
    def state(terms: Terms) -> State:
        return judge(None, heard_at=MONDAY, seen_until=MONDAY + timedelta(days=9), terms=terms).state

    assert state(AUTO) is State.UNHEARD
    assert state(Terms(after=None, learn=AUTO.learn, meanwhile=timedelta(days=3))) is State.SILENT
    assert state(Terms(after=timedelta(days=30), learn=AUTO.learn)) is State.UNHEARD


def test_a_fixed_time_asks_for_nothing_usual() -> None:
    terms = Terms(after=timedelta(hours=2), learn=AUTO.learn)
    hours = Hours(newest=hour_of(MONDAY))
    assert after(hours, timedelta(hours=1, minutes=59), terms) is State.ACTIVE
    assert after(hours, timedelta(hours=2), terms) is State.SILENT


def test_the_verdict_says_how_much_was_missed_and_what_was_borne_before() -> None:
    hours = pattern(3, comes=always, until=MONDAY)
    verdict = judge(hours, heard_at=MONDAY, seen_until=MONDAY + timedelta(hours=5) + LATENESS, terms=AUTO)
    assert (verdict.missed, verdict.most) == (5.0, 0.0)


@given(st.integers(0, 2**600 - 1), st.integers(0, 3000), st.integers(0, 400))
def test_a_silence_only_ends_by_a_sound(bits: int, quiet: int, longer: int) -> None:
    hours = Hours(newest=500_000, bits=(bits << 1 | 1) & (1 << 1344) - 1)
    if after(hours, quiet * HOUR) is State.SILENT:
        assert after(hours, (quiet + longer) * HOUR) is State.SILENT


@given(st.integers(0, 2**1343 - 1), st.integers(0, 2000))
def test_quiet_that_a_shard_has_borne_before_is_never_a_silence(bits: int, quiet: int) -> None:
    """Of a shard that did as it does now at the same hours of each week before."""
    week = (bits & (1 << 168) - 1) | 1
    all_weeks = sum(week << 168 * n for n in range(8)) & (1 << 1344) - 1
    first_next = next(n for n in range(1, 169) if week >> (168 - n) % 168 & 1)
    assert after(Hours(newest=500_000, bits=all_weeks), min(quiet, first_next - 1) * HOUR) is State.ACTIVE
