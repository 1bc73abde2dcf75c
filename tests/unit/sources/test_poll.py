"""A poll takes what is new, once; what fails is told, and never costs another shard its turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daemon.ports import Listing
from daemon.sources.outcome import PollPolicy
from daemon.trail.keys import Scope
from tests.doubles.trail import NOON, shard_of
from tests.doubles.watch import DAY, HERE, HOUR, OTHER, THERE, Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_the_first_poll_takes_everything_since_the_start_in_parts(watch: Watch) -> None:
    for minute in range(10):
        watch.trail.deliver(HERE, NOON - HOUR + timedelta(minutes=minute))
    watch.trail.deliver(HERE, datetime(2019, 12, 31, tzinfo=UTC), unique="tooOld")

    outcome = watch.poller.poll()

    assert outcome.new_objects == 10
    assert (outcome.shards, outcome.listed, outcome.is_complete) == (1, 1, True)
    assert len(watch.trail.asked) == 4


def test_what_is_known_is_not_new_again(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poller.poll()

    outcome = watch.poller.poll()

    assert outcome.new_objects == 0


def test_a_file_that_comes_late_within_the_lookback_is_taken_at_the_next_poll(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.deliver(HERE, watch.trail.now - timedelta(minutes=55), unique="late")

    assert watch.poll_after(timedelta(minutes=5)) == ["late"]


def test_a_file_that_comes_a_month_late_is_taken_within_six_hours(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.deliver(HERE, watch.trail.now - 30 * DAY, unique="late")

    assert watch.poll_after(timedelta(hours=6)) == ["late"]


def test_a_file_that_came_a_month_late_while_nobody_watched_for_weeks_is_taken(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.now += DAY
    watch.trail.deliver(HERE, watch.trail.now - 30 * DAY, unique="late")

    assert watch.poll_after(20 * DAY) == ["late"]


def test_a_new_day_needs_nothing_special(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(timedelta(hours=11, minutes=58))
    watch.trail.deliver(HERE, watch.trail.now, unique="today")
    watch.poll_after(timedelta(minutes=5))
    watch.trail.deliver(HERE, watch.trail.now, unique="tomorrow")

    assert watch.poll_after(timedelta(minutes=5)) == ["tomorrow"]


def test_a_key_of_the_year_2099_is_taken_and_blinds_nobody(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON.replace(year=2099), unique="future")
    assert watch.poll_after(HOUR) == ["future"]
    watch.trail.deliver(HERE, watch.trail.now, unique="now")

    assert watch.poll_after(timedelta(minutes=5)) == ["now"]
    assert watch.poll_after(timedelta(hours=6)) == []


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(days=36500)], ids=["behind", "ahead"])
def test_a_server_whose_clock_is_wrong_for_a_while_blinds_nobody(watch: Watch, skew: timedelta) -> None:
    watch.trail.skew = skew
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.skew = timedelta(0)
    watch.trail.deliver(HERE, watch.trail.now, unique="now")

    assert watch.poll_after(timedelta(minutes=5)) == ["now"]


def test_a_new_region_and_a_new_account_are_found_by_the_next_poll(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.deliver(THERE, watch.trail.now - 2 * HOUR, unique="region")
    watch.trail.deliver(OTHER, watch.trail.now - 29 * DAY, unique="account")

    assert watch.poll_after(timedelta(minutes=5)) == ["account", "region"]


def test_a_newly_allowed_account_is_covered_for_the_last_35_days() -> None:
    watch = Watch(scope=Scope(accounts=frozenset({HERE.account})))
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    for region in (OTHER, shard_of(OTHER.account, "us-east-1")):
        watch.trail.deliver(region, watch.trail.now - 34 * DAY, unique=f"covered{region.region[:2]}")
        watch.trail.deliver(region, watch.trail.now - 36 * DAY, unique="before")
    watch.restart()

    assert watch.poll_after(timedelta(minutes=5)) == ["coveredeu", "coveredus"]


def test_the_start_is_settled_when_a_source_is_first_seen() -> None:
    watch = Watch(PollPolicy(start="auto"))
    watch.trail.deliver(HERE, NOON - timedelta(minutes=61), unique="before")
    watch.trail.deliver(HERE, NOON - timedelta(minutes=59), unique="after")
    assert watch.poll_after(timedelta(0)) == ["after"]
    watch.trail.deliver(THERE, NOON - timedelta(minutes=59), unique="afterThere")
    watch.trail.deliver(THERE, NOON - timedelta(minutes=61), unique="beforeThere")

    assert watch.poll_after(DAY) == ["afterThere"]


def test_done_objects_leave_the_ledger_when_no_sweep_can_take_them_again_and_others_stay(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON - 2 * DAY)
    watch.trail.deliver(HERE, NOON.replace(year=2099))
    stuck = watch.trail.deliver(HERE, NOON - HOUR)
    watch.poller.poll()
    for row in watch.ledger.pending(watch.trail.name, now=watch.trail.now, limit=10):
        if row.object != stuck:
            watch.ledger.finish(watch.trail.name, row)
    watch.trail.now += 10 * DAY
    watch.poller.poll()

    left = sorted(row.object.unique for row in watch.ledger.rows(watch.trail.name))
    assert left == ["u1", "u2"]
    assert watch.poller.poll().new_objects == 0


def test_skipped_keys_are_counted_by_reason(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.trail.skipped = {"not_a_log": 2}

    assert watch.poller.poll().skipped == {"not_a_log": 2}


def test_a_part_of_a_listing_does_not_move_the_watermark(watch: Watch) -> None:
    for minute in range(4):
        watch.trail.deliver(HERE, NOON - HOUR + timedelta(minutes=minute))
    marks = []
    record = watch.ledger.record_listing

    def note(source: str, listing: Listing, **options: object) -> int:
        marks.append((listing.listed_at.year, options["is_sweep"]))
        return record(source, listing, **options)  # type: ignore[arg-type]  # handed on as they came

    watch.ledger.record_listing = note  # type: ignore[method-assign]  # listens in
    watch.poller.poll()

    assert marks == [(1970, False), (1970, False), (2026, True)]
