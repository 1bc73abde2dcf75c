"""A daemon that listens: weeks of a bucket by a moved clock; what falls silent is told once, and when it is back."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from daemon.config import SourceConfig
from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import LogObject, Notice, Shard
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from tests.doubles.cycles import told
from tests.doubles.daemons import Place, make_place
from tests.doubles.trail import MemoryTrail, shard_of

CONFIG = """
sources: [{{url: "s3://bucket", digest: off, start: "2026-01-01T00:00:00Z" {more}}}]
rules: {{paths: [rules]}}
destinations: [{{name: terminal, type: console}}]
notices: [terminal]
"""
HOUR = timedelta(hours=1)
ONE, OTHER, WEST = shard_of("111111111111"), shard_of("222222222222"), shard_of("111111111111", "us-west-2")
EMPTY = gzip.compress(b'{"Records": []}', mtime=0)


class SpeakingTrail(MemoryTrail):
    """A trail whose files can be read."""

    def get(self, obj: LogObject) -> bytes:
        return EMPTY


@dataclass(slots=True)
class World:
    """A place with a bucket; `members` is what the organisation answers."""

    place: Place
    trail: SpeakingTrail
    more: str = ""
    members: list[str] | SourceUnavailable = field(default_factory=list)
    asked: int = 0

    @property
    def now(self) -> datetime:
        return self.place.clock.now

    def _ask(self, config: SourceConfig) -> list[str]:
        self.asked += 1
        if isinstance(self.members, SourceUnavailable):
            raise self.members
        return self.members

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        with self.place.daemon(
            config=CONFIG, more=self.more, source=lambda *_, **__: self.trail, accounts=self._ask
        ) as daemon:
            yield daemon

    def hours(self, count: int, *shards: Shard, is_watched: bool = True) -> str:
        """So many hours go by in which these deliver; what was told meanwhile."""
        with self.daemon() as daemon:
            for _ in range(count):
                self.place.clock.advance(HOUR)
                self.trail.now = self.now
                for shard in shards:
                    self.trail.deliver(shard, self.now - timedelta(minutes=5))
                if is_watched:
                    run_cycle(daemon)
        return told(self.place)

    def weeks(self, *shards: Shard) -> str:
        """Fifteen days in which these deliver each hour, and which are caught up with at their end."""
        return self.hours(15 * 24 - 1, *shards, is_watched=False) + self.hours(1, *shards)


@pytest.fixture
def world(tmp_path: Path) -> World:
    place = make_place(tmp_path)
    return World(place=place, trail=SpeakingTrail(now=place.clock.now))


def test_one_dead_account_among_others_is_told_once_over_restarts_and_when_it_is_back(world: World) -> None:
    assert "silent" not in world.weeks(ONE, OTHER)
    said = world.hours(4, ONE)
    assert said.count("Account 222222222222 has fallen silent") == 1
    assert "no new log file since 2026-05-19T12:0" in said
    assert "get-trail-status" in said
    assert "silent" not in world.hours(60, ONE)

    said = world.hours(1, ONE, OTHER)
    assert said.count("Account 222222222222 is heard again") == 1
    assert "heard again" not in world.hours(3, ONE, OTHER)


def test_a_region_that_falls_silent_is_named_while_the_account_speaks_elsewhere(world: World) -> None:
    world.weeks(ONE, WEST)
    assert "Account 111111111111 has fallen silent in us-west-2" in world.hours(4, ONE)


def test_a_source_that_falls_silent_as_a_whole_is_told_as_one(world: World) -> None:
    world.weeks(ONE, OTHER)
    said = world.hours(9)
    assert said.count("A source has fallen silent") == 1
    assert "Account" not in said

    said = world.hours(1, ONE)
    assert said.count("A source is heard again") == 1
    assert said.count("Account 222222222222 has fallen silent") == 1, "what stays dead must not hide behind it"


def test_many_accounts_at_once_are_one_notice(world: World) -> None:
    others = [shard_of(f"33333333333{n}") for n in range(6)]
    world.weeks(ONE, *others)
    said = world.hours(5, ONE)
    assert said.count("6 accounts have fallen silent") == 1
    assert all(each.account in said for each in others)


@pytest.mark.no_cover  # slow enough without it
def test_nobody_is_silent_in_the_first_days(world: World) -> None:
    world.hours(24, ONE, OTHER)
    assert "silent" not in world.hours(24, ONE)
    assert "silent" not in world.hours(2 * 24)
    assert "A source has fallen silent" in world.hours(2 * 24)


def test_a_downtime_of_the_daemon_raises_no_alarm_and_hides_no_silence(world: World) -> None:
    world.weeks(ONE, OTHER)
    world.hours(30, ONE, OTHER, is_watched=False)
    assert "silent" not in world.hours(1, ONE, OTHER)
    world.hours(30, ONE, is_watched=False)
    assert "Account 222222222222 has fallen silent" in world.hours(1, ONE)


def test_what_cannot_be_listed_is_refused_and_not_silent(world: World) -> None:
    world.weeks(ONE, OTHER)
    world.trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED if shard == OTHER else None
    said = world.hours(12, ONE, OTHER)
    assert ("silent" in said, "cannot be listed" in said) == (False, True)
    world.trail.refuses = lambda shard: None
    assert "silent" not in world.hours(3, ONE, OTHER)


def test_an_account_whose_files_were_all_deleted_is_silent(world: World) -> None:
    world.weeks(ONE, OTHER)
    world.trail.delivered = [each for each in world.trail.delivered if each[0] != OTHER]
    assert "Account 222222222222 has fallen silent" in world.hours(5, ONE)


def test_a_shard_that_the_configuration_excludes_is_not_silent(world: World) -> None:
    world.weeks(ONE, OTHER)
    world.more = ', accounts: ["111111111111"]'
    assert "silent" not in world.hours(9, ONE)


@pytest.mark.parametrize("more", [", silence: off", ", silence: {{after: off}}"])
def test_it_can_be_switched_off(world: World, more: str) -> None:
    world.more = more.replace("{{", "{").replace("}}", "}")
    world.weeks(ONE, OTHER)
    assert "silent" not in world.hours(9, ONE)


def test_a_fixed_time_needs_no_learning(world: World) -> None:
    world.more = ", silence: {after: 5h}"
    world.hours(3, ONE, OTHER)
    assert "silent" not in world.hours(5, ONE)
    assert "Account 222222222222 has fallen silent" in world.hours(1, ONE)


def test_a_notice_too_many_is_told_later(world: World) -> None:
    others = [shard_of(f"33333333333{n}") for n in range(8)]
    world.weeks(ONE, *others)
    with world.daemon() as daemon:
        for number in range(5):
            notice = Notice(reason="account_silent", title=f"Another {number}", text="", about=f"{number}")
            daemon.shared.notices.tell(notice)
    said = world.hours(6, ONE, *others[1:])
    assert said.count("Account 333333333330 has fallen silent") == 1


class TestRoll:
    def test_an_account_of_the_organisation_that_never_appears_is_told_after_a_day_and_when_it_comes(
        self, world: World
    ) -> None:
        world.more = ", silence: {organization: true}"
        world.members = ["111111111111", "222222222222"]
        assert "never" not in world.hours(23, ONE)
        said = world.hours(5, ONE)
        assert said.count("An account has never appeared") == 1
        assert "222222222222" in said
        assert "never appeared" not in world.hours(26, ONE)
        assert world.asked >= 3, "asked again each day"
        assert "A missing account has appeared" in world.hours(1, ONE, OTHER)
        assert "appeared" not in world.hours(2, ONE, OTHER)

    def test_accounts_may_be_listed_instead(self, world: World) -> None:
        world.more = ', silence: {accounts: ["222222222222", "333333333333"]}'
        assert "2 accounts have never appeared" in world.hours(27, ONE)

    def test_an_organisation_that_may_not_be_asked_is_told_and_raises_no_other_alarm(self, world: World) -> None:
        world.more = ", silence: {organization: true}"
        world.members = SourceUnavailable("denied", reason=EnvironmentReason.ACCESS_DENIED)
        said = world.hours(3, ONE)
        assert "cannot be asked for" in said
        assert "never appeared" not in said
