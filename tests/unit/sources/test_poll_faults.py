"""What fails is told, comes back by itself, and never costs another shard its turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daemon.errors import EnvironmentReason, StoreError
from daemon.model import Shard
from daemon.trail.keys import Scope
from tests.doubles.trail import NOON, shard_of
from tests.doubles.watch import DAY, EVERYTHING, HERE, HOUR, OTHER, THERE, Watch, power_cut_after


@pytest.fixture
def watch() -> Watch:
    return Watch()


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


def test_an_account_that_may_not_be_looked_into_holds_up_no_new_shard_elsewhere(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.trail.deliver(OTHER, NOON)
    watch.trail.denied = frozenset({OTHER.account})

    outcome = watch.poller.poll()

    assert [obj.account for obj in watch.ledger.entered] == [HERE.account]
    assert (outcome.shards, outcome.listed, outcome.is_complete) == (1, 1, False)
    assert "444455556666: denied" in outcome.faults[EnvironmentReason.ACCESS_DENIED].message


def test_sweeps_go_on_while_one_account_may_not_be_looked_into(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.trail.deliver(OTHER, NOON)
    watch.trail.denied = frozenset({OTHER.account})
    watch.poll_after(HOUR)
    watch.trail.deliver(HERE, watch.trail.now - 20 * DAY, unique="late")

    assert watch.poll_after(timedelta(hours=6)) == ["late"]
    swept_at = watch.ledger.shard_states(watch.trail.name)[HERE.path].swept_at
    assert swept_at == watch.trail.now


def test_an_account_that_was_denied_from_the_start_is_covered_from_the_start(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.trail.deliver(OTHER, NOON - 300 * DAY, unique="old")
    watch.trail.denied = frozenset({OTHER.account})
    for _ in range(3):
        watch.poll_after(30 * DAY)
    watch.trail.denied = frozenset()
    watch.restart()

    assert watch.poll_after(timedelta(minutes=5)) == ["old"]


def test_an_account_that_came_later_and_was_denied_at_first_is_covered_for_the_35_days_before_it_came() -> None:
    watch = Watch(scope=Scope(accounts=frozenset({HERE.account})))
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.deliver(OTHER, watch.trail.now - 34 * DAY, unique="covered")
    watch.trail.deliver(OTHER, watch.trail.now - 36 * DAY, unique="before")
    watch.trail.denied = frozenset({OTHER.account})
    watch.restart()
    watch.poll_after(HOUR)
    watch.trail.denied = frozenset()

    assert watch.poll_after(20 * DAY) == ["covered"]


def test_known_shards_of_an_account_that_is_denied_later_are_still_listed(watch: Watch) -> None:
    watch.trail.deliver(OTHER, NOON)
    watch.poll_after(HOUR)
    watch.trail.denied = frozenset({OTHER.account})
    watch.trail.deliver(OTHER, watch.trail.now, unique="new")

    assert watch.poll_after(timedelta(minutes=5)) == ["new"]


def test_the_pauses_of_an_account_are_over_once_it_may_be_looked_into_again(watch: Watch) -> None:
    watch.trail.deliver(OTHER, NOON)
    watch.poll_after(HOUR)
    watch.trail.denied = frozenset({OTHER.account})
    watch.trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED if shard else None
    for _ in range(6):
        watch.poll_after(timedelta(minutes=5))
    watch.trail.deliver(OTHER, watch.trail.now, unique="meanwhile")
    watch.trail.refuses, watch.trail.denied = lambda shard: None, frozenset()

    assert watch.poll_after(timedelta(minutes=5)) == ["meanwhile"]


def test_a_shard_that_vanished_is_not_taken_for_listed_and_loses_nothing_when_it_is_back(watch: Watch) -> None:
    """As when a disk is not mounted for a week: its folder is there, and empty."""
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    mounted, watch.trail.delivered = watch.trail.delivered, []
    watch.poll_after(HOUR)
    written = watch.trail.deliver(HERE, watch.trail.now, unique="meanwhile")
    watch.trail.delivered = []
    for _ in range(7):
        watch.poll_after(DAY)
    watch.trail.delivered = [*mounted, (HERE, written)]

    assert watch.poll_after(timedelta(minutes=5)) == ["meanwhile"]


def test_a_pause_begun_by_a_clock_that_ran_ahead_ends_when_the_clock_is_mended(watch: Watch) -> None:
    watch.trail.deliver(HERE, NOON)
    watch.poll_after(HOUR)
    watch.trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED if shard == HERE else None
    watch.poll_after(1000 * DAY)
    watch.trail.refuses = lambda shard: None

    watch.trail.now -= 1000 * DAY
    assert watch.poller.poll().is_complete


def test_a_start_is_not_fixed_by_a_clock_that_aws_refuses() -> None:
    watch = Watch(replace(EVERYTHING, start="-1h"))
    watch.trail.deliver(HERE, NOON, unique="seen")
    watch.trail.now += 30 * DAY
    watch.trail.refuses = lambda shard: EnvironmentReason.CREDENTIALS
    assert not watch.poller.poll().is_complete
    watch.trail.refuses = lambda shard: None

    watch.trail.now -= 30 * DAY
    assert watch.poll_after(timedelta(0)) == ["seen"]


def test_a_start_reaches_back_from_when_credentials_were_first_missing() -> None:
    watch = Watch(replace(EVERYTHING, start="-1h"))
    watch.trail.deliver(HERE, NOON - timedelta(minutes=55), unique="seen")
    watch.trail.refuses = lambda shard: EnvironmentReason.CREDENTIALS
    watch.poller.poll()
    watch.trail.refuses = lambda shard: None

    assert watch.poll_after(3 * HOUR) == ["seen"]
