"""What a shard's listing asks for, takes and lets go."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from daemon.ports import ShardState
from daemon.sources.window import (
    HORIZON,
    NEVER_COMPLETE,
    SWEEP_EVERY,
    Bounds,
    Window,
    is_sweep_due,
    newcomers,
    window_of,
)
from tests.doubles.trail import NOON, object_of, shard_of

SHARD = shard_of()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOUNDS = Bounds(start_at=None, lookback=HOUR, keep_objects=3 * DAY)
SWEPT = Window(after=NOON - HORIZON, taken_from=NOON - 3 * DAY, is_sweep=True)


def state_of(listed_at: datetime | None, swept_at: datetime | None) -> ShardState:
    return ShardState(shard=SHARD, listed_at=listed_at, swept_at=swept_at)


def window_at(
    now: datetime, state: ShardState | None, bounds: Bounds = BOUNDS, *, has_discovered: bool = True
) -> Window:
    return window_of(state, bounds, path=SHARD.path, now=now, has_discovered=has_discovered)


def test_a_new_shard_is_listed_whole_where_nothing_bounds_the_start() -> None:
    assert window_at(NOON, None) == Window(after=None, is_sweep=True)
    assert window_at(NOON, state_of(None, None)) == Window(after=None, is_sweep=True)


def test_a_new_shard_is_listed_from_the_minute_of_the_start() -> None:
    bounds = Bounds(start_at=NOON + timedelta(seconds=30), lookback=HOUR, keep_objects=DAY)

    assert window_at(NOON, None, bounds).after == NOON


def test_a_shard_that_was_never_listed_completely_begins_at_its_mark_or_the_start() -> None:
    late_start = Bounds(start_at=NOON, lookback=HOUR, keep_objects=DAY)

    assert window_at(NOON, state_of(NEVER_COMPLETE, None)).after == NEVER_COMPLETE
    assert window_at(NOON, state_of(NOON - DAY, None)) == Window(after=NOON - DAY, is_sweep=True)
    assert window_at(NOON, state_of(NOON - DAY, None), late_start).after == NOON


def test_a_poll_looks_behind_the_last_complete_listing() -> None:
    assert window_at(NOON, state_of(NOON, NOON)) == Window(after=NOON - HOUR)


def test_a_poll_never_looks_behind_the_start() -> None:
    bounds = Bounds(start_at=NOON - timedelta(minutes=10), lookback=HOUR, keep_objects=DAY)

    assert window_at(NOON, state_of(NOON, NOON), bounds).after == NOON - timedelta(minutes=10)


def test_a_sweep_reaches_35_days_behind_the_last_one_and_takes_what_is_new_since() -> None:
    state = state_of(NOON + 5 * HOUR, NOON)

    assert window_at(NOON + 6 * HOUR, state) == SWEPT


def test_a_look_back_longer_than_done_rows_are_kept_widens_what_a_sweep_takes() -> None:
    bounds = Bounds(start_at=None, lookback=5 * DAY, keep_objects=DAY)

    assert window_at(NOON + 6 * HOUR, state_of(NOON, NOON), bounds).taken_from == NOON - 5 * DAY


def test_no_sweep_counts_while_discovery_fails() -> None:
    state = state_of(NOON + 5 * HOUR, NOON)

    assert window_at(NOON + 6 * HOUR, state, has_discovered=False) == Window(after=NOON + 4 * HOUR)
    assert not window_at(NOON, None, has_discovered=False).is_counted
    assert not window_at(NOON, state_of(NEVER_COMPLETE, None), has_discovered=False).is_counted


def test_marks_ahead_of_our_clock_are_not_trusted() -> None:
    assert window_at(NOON, state_of(NOON + 99 * DAY, NOON)).after == NOON - HOUR


@pytest.mark.parametrize(
    ("stamped_back", "delivered_back", "is_taken"),
    [
        pytest.param(DAY, DAY, True, id="new"),
        pytest.param(30 * DAY, DAY, True, id="delivered late"),
        pytest.param(DAY, 30 * DAY, True, id="stamped after it was written"),
        pytest.param(4 * DAY, 4 * DAY, False, id="old: known, or known and let go"),
        pytest.param(40 * DAY, DAY, False, id="beyond the horizon"),
    ],
)
def test_a_sweep_takes_what_is_new_by_its_stamp_or_its_delivery(
    stamped_back: timedelta, delivered_back: timedelta, is_taken: bool
) -> None:
    obj = object_of(SHARD, NOON - stamped_back, delivered_at=NOON - delivered_back)

    assert SWEPT.takes(obj) is is_taken


def test_what_may_be_let_go_is_what_no_later_sweep_takes() -> None:
    assert BOUNDS.done_before(NOON) == BOUNDS.taken_from(NOON, NOON) == NOON - 3 * DAY


def test_each_shard_is_swept_once_in_six_hours_at_a_time_of_its_own() -> None:
    due_at = set()
    for number in range(100):
        path = shard_of(f"1111222200{number:02}").path
        due = [
            NOON + timedelta(minutes=m)
            for m in range(360)
            if is_sweep_due(path, swept_at=NOON, now=NOON + timedelta(minutes=m))
        ]
        assert is_sweep_due(path, swept_at=NOON, now=NOON + SWEEP_EVERY)
        due_at.add(due[0] if due else NOON)

    assert len(due_at) > 60


def test_accounts_are_remembered_before_anything_was_listed_and_bounded_after() -> None:
    other = shard_of("444455556666")
    regions = [shard_of(region=region) for region in ("us-east-1", "us-west-2")]
    known = {SHARD.path: state_of(NOON, NOON)}

    assert newcomers([*regions, other], {}) == [(regions[1], NEVER_COMPLETE), (other, NEVER_COMPLETE)]
    assert newcomers([*regions, other], known) == [(other, NOON - HORIZON)]
    assert newcomers(regions, known) == []


def test_an_account_that_only_a_queue_told_of_is_new_when_it_is_listed_first() -> None:
    other = shard_of("444455556666")
    told = {SHARD.path: state_of(NOON, NOON), other.path: ShardState(shard=other, listed_at=None, swept_at=None)}
    assert newcomers([SHARD, other], told) == [(other, NOON - HORIZON)]
