from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import Alert
from daemon.record.grow import closes_at, group_id, grow
from daemon.record.matches import Found, find
from tests.doubles.state_values import NOON, match, result, rule

MINUTE = timedelta(minutes=1)


def found(
    *minutes: int, close_after: timedelta = timedelta(hours=1), recorded_at: datetime | None = None
) -> list[Found]:
    of = rule(close_after=close_after)
    matches = [match(f"{index:03d}", of=of, at=NOON + minute * MINUTE) for index, minute in enumerate(minutes)]
    row_id = None if recorded_at is None else 1
    return find([result(*matches, row_id=row_id)], now=recorded_at or NOON, cap=None)[0]


def grown(current: Alert | None, items: list[Found]) -> tuple[Alert, ...]:
    numbers = count()
    return grow(current, items, make_id=lambda now: f"{now:%d%H%M}-{next(numbers)}", ruleset_digest="").alerts


@given(st.lists(st.integers(min_value=0, max_value=600), min_size=1, max_size=12))
def test_no_match_is_lost_and_no_quiet_hour_lies_inside_an_alert(minutes: list[int]) -> None:
    alerts = grown(None, found(*minutes))
    assert sum(alert.count for alert in alerts) == len(minutes)
    expected = 1 + sum(
        later - earlier >= 60 for earlier, later in zip(sorted(minutes), sorted(minutes)[1:], strict=False)
    )
    assert len(alerts) == expected
    assert all(len(alert.samples) == min(alert.count, 4) for alert in alerts)


@given(st.permutations(range(8)))
def test_the_order_in_which_matches_were_found_makes_no_difference(order: list[int]) -> None:
    assert grown(None, [found(*range(8))[index] for index in order]) == grown(None, found(*range(8)))


def test_each_match_knows_its_alert() -> None:
    items = found(0, 200)
    ids = iter(["one", "two"])
    assert grow(None, items, make_id=lambda now: next(ids), ruleset_digest="").home == {
        items[0].key: "one",
        items[1].key: "two",
    }


def test_without_quiet_to_wait_for_each_match_is_an_alert() -> None:
    assert len(grown(None, found(0, 0, 0, close_after=timedelta(0), recorded_at=NOON))) == 3


def test_in_recording_time_events_of_any_time_share_one_alert() -> None:
    assert len(grown(None, found(0, 100_000, -100_000, recorded_at=NOON))) == 1


@pytest.mark.parametrize("quiet", [timedelta.max, timedelta(days=3_000_000)])
def test_an_alert_that_never_closes_can_be_stored(quiet: timedelta) -> None:
    assert closes_at(NOON, quiet).year == 9999


def test_an_alert_closes_after_its_quiet() -> None:
    assert closes_at(NOON, MINUTE) == NOON + MINUTE


def test_groups_are_told_apart_however_their_parts_are_split() -> None:
    ids = {group_id("r", (("a", "b"),)), group_id("r", (("ab", ""),)), group_id("ra", (("", "b"),)), group_id("r", ())}
    assert len(ids) == 4
    assert group_id("r", (("a", "\ud800"),)) == group_id("r", (("a", "\ud800"),))
