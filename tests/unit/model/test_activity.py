"""Hours in which something came: any order gives the same, old weeks are forgotten, bytes give back what they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model.activity import HOURS_A_WEEK, WEEKS_KEPT, Hours, heard, hour_of, packed, together, unpacked

KEPT = WEEKS_KEPT * HOURS_A_WEEK
hours_list = st.lists(st.integers(-10, 2 * KEPT) | st.integers(0, 10**9), min_size=1, max_size=40)


def of(hours: list[int]) -> Hours:
    first, *rest = hours
    return reduce(heard, rest, heard(None, first))


def listed(hours: Hours) -> set[int]:
    return {hours.newest - back for back in range(hours.span) if hours.bits >> back & 1}


@given(hours_list)
def test_it_holds_what_came_in_the_eight_weeks_before_the_newest(came: list[int]) -> None:
    assert listed(of(came)) == {hour for hour in came if hour > max(came) - KEPT}


@given(hours_list, st.randoms())
def test_the_order_does_not_matter(came: list[int], chance: object) -> None:
    mixed = list(came)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert of(mixed) == of(came)


@given(hours_list)
def test_bytes_give_it_back_and_are_few(came: list[int]) -> None:
    hours = of(came)
    assert unpacked(hours.newest, packed(hours)) == hours
    assert len(packed(hours)) <= KEPT // 8


@given(hours_list, hours_list)
def test_several_together_are_what_came_in_any_of_them(one: list[int], other: list[int]) -> None:
    assert together([of(one), of(other)]) == of(one + other)


def test_none_together_are_nothing() -> None:
    assert together([]) is None


def test_bytes_of_nobody_are_taken_as_far_as_they_make_sense() -> None:
    assert unpacked(7, b"") == Hours(newest=7)
    assert unpacked(7, b"\xff" * 1000).span == KEPT


@pytest.mark.parametrize(
    ("at", "hour"),
    [(datetime(1970, 1, 1, 0, 59, tzinfo=UTC), 0), (datetime(1970, 1, 2, tzinfo=UTC), 24)],
    ids=["within the first hour", "a day on"],
)
def test_an_hour_is_counted_from_1970(at: datetime, hour: int) -> None:
    assert hour_of(at) == hour
