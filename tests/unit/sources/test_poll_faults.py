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
