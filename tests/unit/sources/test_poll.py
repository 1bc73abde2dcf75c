"""A poll takes what is new, once; what fails is told, and never costs another shard its turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from daemon.errors import EnvironmentReason, StoreError
from daemon.model import Shard
from daemon.ports import Listing
from daemon.sources.outcome import PollPolicy
from daemon.sources.poll import Poller
from daemon.trail.keys import Scope
from tests.doubles.ledger import MemoryLedger
from tests.doubles.trail import NOON, MemoryTrail, shard_of

HERE, THERE = shard_of(), shard_of(region="us-east-1")
OTHER = shard_of("444455556666")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERYTHING = PollPolicy(start="2020-01-01T00:00:00Z", concurrency=2, chunk=3)


class Watch:
    """A trail, a ledger and a poller over them."""

    def __init__(self, policy: PollPolicy = EVERYTHING, scope: Scope | None = None) -> None:
        self.trail = MemoryTrail()
        self.ledger = MemoryLedger()
        self.policy = policy
        self.is_stopping = False
        self.restart(scope or Scope())

    def restart(self, scope: Scope | None = None) -> None:
        self.poller = Poller(
            self.trail,
            self.ledger,
            clock=self.trail.clock,
            scope=scope or Scope(),
            policy=self.policy,
            is_stopping=lambda: self.is_stopping,
        )

    def poll_after(self, wait: timedelta) -> list[str]:
        """Let time pass, poll, and finish what came; gives the unique parts of the new objects."""
        self.trail.now += wait
        before = len(self.ledger.entered)
        self.poller.poll()
        for row in self.ledger.pending(self.trail.name, now=self.trail.now, limit=10_000):
            self.ledger.finish(self.trail.name, row)
        return sorted(obj.unique for obj in self.ledger.entered[before:])


def power_cut_after(writes: int) -> Callable[[], None]:
    left = iter(range(writes))

    def write() -> None:
        if next(left, None) is None:
            raise StoreError("power cut")

    return write


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_the_first_poll_takes_everything_since_the_start_in_parts(watch: Watch) -> None:
    for minute in range(10):
        watch.trail.deliver(HERE, NOON - HOUR + timedelta(minutes=minute))
    watch.trail.deliver(HERE, datetime(2019, 12, 31, tzinfo=UTC), unique="tooOld")

    outcome = watch.poller.poll()

    assert outcome.new_objects == 10
    assert (outcome.shards, outcome.listed, outcome.is_first, outcome.is_complete) == (1, 1, True, True)
    assert len(watch.trail.asked) == 4


def test_what_is_known_is_not_new_again(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poller.poll()

    outcome = watch.poller.poll()

    assert outcome.new_objects == 0
    assert not outcome.is_first


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


def test_an_account_that_failed_in_the_first_poll_is_still_covered_from_the_start(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.trail.deliver(OTHER, NOON - 300 * DAY, unique="old")
    watch.trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED if shard == OTHER else None
    watch.poll_after(HOUR)
    watch.trail.refuses = lambda shard: None
    watch.restart()

    assert watch.poll_after(timedelta(minutes=5)) == ["old"]


def test_a_crash_in_the_first_poll_costs_nothing_of_the_start(watch: Watch) -> None:
    for account in range(4):
        watch.trail.deliver(shard_of(f"11112222333{account}"), NOON - 300 * DAY)
    for writes in range(12):
        watch.ledger.before_write = power_cut_after(writes)
        try:
            watch.poller.poll()
        except StoreError:
            watch.restart()
    watch.ledger.before_write = lambda: None
    watch.poll_after(HOUR)

    assert len(watch.ledger.entered) == 4


def test_one_shard_that_is_denied_does_not_hold_up_the_others_and_is_told(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.trail.deliver(THERE, NOON, unique="there")
    watch.trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED if shard == HERE else None

    outcome = watch.poller.poll()

    assert [obj.unique for obj in watch.ledger.entered] == ["there"]
    assert outcome.faults[EnvironmentReason.ACCESS_DENIED].count == 1
    assert "eu-west-1: refused" in outcome.faults[EnvironmentReason.ACCESS_DENIED].message
    assert (outcome.listed, outcome.is_complete) == (1, False)


def test_a_shard_that_keeps_failing_is_asked_less_and_less_often_but_at_least_every_hour(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED if shard == HERE else None
    asked_at = []
    for minutes in range(0, 300, 5):
        asked = len(watch.trail.asked)
        watch.poll_after(timedelta(minutes=5))
        asked_at += [minutes] if len(watch.trail.asked) > asked else []

    assert asked_at == [0, 5, 15, 35, 75, 135, 195, 255]


def test_when_the_whole_source_works_again_every_pause_is_over(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED
    for _ in range(6):
        watch.poll_after(timedelta(minutes=5))
    watch.trail.deliver(HERE, watch.trail.now, unique="meanwhile")
    watch.trail.refuses = lambda shard: None

    assert watch.poll_after(timedelta(minutes=5)) == ["meanwhile"]


def test_known_shards_are_listed_also_while_discovery_fails(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.refuses = lambda shard: None if shard else EnvironmentReason.THROTTLED
    watch.trail.deliver(HERE, watch.trail.now, unique="new")
    watch.trail.now += timedelta(minutes=5)

    outcome = watch.poller.poll()

    assert (outcome.new_objects, outcome.listed, outcome.is_complete) == (1, 1, False)
    assert outcome.faults[EnvironmentReason.THROTTLED].message == "s3://bucket: refused"


def test_known_shards_that_are_no_longer_wanted_are_not_listed(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.restart(Scope(accounts=frozenset({OTHER.account})))
    watch.trail.refuses = lambda shard: None if shard else EnvironmentReason.THROTTLED

    assert watch.poller.poll().shards == 0


def test_a_source_that_is_away_costs_a_few_tries_and_not_one_for_every_shard() -> None:
    watch = Watch(replace(EVERYTHING, concurrency=2))
    for number in range(50):
        watch.trail.deliver(shard_of(f"1111222200{number:02}"), NOON)
    watch.poll_after(HOUR)
    watch.trail.refuses = lambda shard: EnvironmentReason.UNREACHABLE
    watch.trail.asked.clear()

    outcome = watch.poller.poll()

    assert len(watch.trail.asked) <= 4
    assert outcome.paused >= 46
    watch.trail.refuses = lambda shard: None
    assert watch.poller.poll().is_complete


def test_a_surprise_in_one_shard_comes_up_only_after_the_others_were_listed(watch: Watch) -> None:
    def refuse(shard: Shard | None) -> None:
        if shard == HERE:
            raise ZeroDivisionError

    watch.trail.deliver(HERE, NOON)
    watch.trail.deliver(THERE, NOON, unique="there")
    watch.trail.refuses = refuse

    with pytest.raises(ZeroDivisionError):
        watch.poller.poll()

    assert [obj.unique for obj in watch.ledger.entered] == ["there"]


def test_a_poll_that_is_told_to_stop_asks_nothing_new(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.is_stopping = True

    outcome = watch.poller.poll()

    assert (outcome.listed, outcome.paused, outcome.is_complete) == (0, 1, False)


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
