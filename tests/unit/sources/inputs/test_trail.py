from __future__ import annotations

from datetime import UTC, datetime, timedelta

from daemon.errors import EnvironmentReason
from daemon.model import Shard
from daemon.sources.inputs.found import NotRead, Readable
from daemon.sources.inputs.trail import TrailWalk
from daemon.sources.inputs.window import Window
from tests.doubles.trail import NOON, MemoryTrail, object_of, shard_of

EU, US = shard_of(), shard_of(region="us-east-1")


def trail_of(count: int, *shards: Shard) -> MemoryTrail:
    trail = MemoryTrail()
    for shard in shards:
        for number in range(count):
            trail.delivered.append((shard, object_of(shard, NOON + timedelta(minutes=7 * number), unique=f"u{number}")))
    return trail


def walk(trail: MemoryTrail, *, key_prefix: str = "", page: int = 3, window: Window | None = None) -> TrailWalk:
    return TrailWalk(source=trail, url=trail.name, key_prefix=key_prefix, window=window or Window(), page=page)


def urls(found: TrailWalk) -> list[str]:
    return [each.url for each in found if isinstance(each, Readable)]


def test_long_shards_are_listed_page_by_page_and_no_file_falls_between() -> None:
    trail = trail_of(20, US, EU)
    assert urls(walk(trail)) == sorted(obj.url for _, obj in trail.delivered)
    assert len(trail.asked) == 2 * 7


def test_only_as_many_pages_are_listed_as_are_asked_for() -> None:
    trail = trail_of(20, EU)
    next(iter(walk(trail)))
    assert len(trail.asked) == 1


def test_a_listing_ends_where_the_wanted_prefix_does() -> None:
    trail = trail_of(1, EU)
    trail.delivered += [(EU, object_of(EU, NOON + timedelta(days=day), unique="x")) for day in range(1, 30)]
    assert len(urls(walk(trail, key_prefix=f"{EU.path}/2026/03/02/"))) == 1
    assert len(trail.asked) <= 2


def test_a_shard_that_is_refused_is_named_and_the_others_are_read() -> None:
    trail = trail_of(2, EU, US)
    trail.refuses = lambda shard: EnvironmentReason.ACCESS_DENIED if shard == EU else None
    found = list(walk(trail))
    assert [type(each) for each in found] == [NotRead, Readable, Readable]
    assert EU.path in found[0].url


def test_an_account_that_discovery_may_not_look_into_is_named_and_the_others_are_read() -> None:
    other = shard_of(account="444455556666")
    trail = trail_of(1, EU, other)
    trail.denied = frozenset({"444455556666"})
    found = list(walk(trail))
    assert [type(each) for each in found] == [NotRead, Readable]
    assert "444455556666" in str(found[0])


def test_a_window_from_the_beginning_of_the_calendar_lists_all() -> None:
    trail = trail_of(2, EU)
    assert len(urls(walk(trail, window=Window(since=datetime.min.replace(tzinfo=UTC))))) == 2


def test_an_account_that_is_denied_does_not_matter_where_another_one_is_asked_for() -> None:
    trail = trail_of(1, EU, shard_of(account="444455556666"))
    trail.denied = frozenset({"444455556666"})
    assert [type(each) for each in walk(trail, key_prefix=f"{EU.path}/")] == [Readable]
    assert NotRead in [type(each) for each in walk(trail, key_prefix="AWSLogs/444455556666/CloudTrail/")]


def test_that_nothing_lies_there_is_not_said_where_that_cannot_be_known() -> None:
    trail = trail_of(1, EU)
    asked: list[Shard | None] = []

    def refuses(shard: Shard | None) -> EnvironmentReason | None:
        asked.append(shard)
        return EnvironmentReason.THROTTLED if len(asked) > 2 else None

    trail.refuses = refuses
    (found,) = walk(trail, window=Window(since=NOON + timedelta(days=9)))
    assert isinstance(found, NotRead)
    assert "refused" in found.reason
