"""Files as buckets really get them: late, out of order, twice, in new regions, broken; each alert comes once."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

from tests.e2e.conftest import World
from tests.e2e.harness import listed, running, wait_until
from tests.e2e.trail import deleted_group, looked_around


def test_whatever_comes_late_twice_or_broken_each_event_is_one_alert(world: World) -> None:
    trail = world.trail
    trail.deliver(deleted_group("group-first"), looked_around(1), minutes_ago=10)
    trail.deliver(deleted_group("group-first"), minutes_ago=10, region="eu-west-1")
    planted = trail.deliver(deleted_group("group-planted"), stamped_at=datetime(2099, 1, 1, tzinfo=UTC))
    world.s3.cut_off_once(planted.rpartition("/")[2])

    with running(world.config) as program:
        world.wait_told("group-first", "group-planted")

        trail.deliver(deleted_group("group-late"), minutes_ago=50)
        trail.deliver(deleted_group("group-first"), deleted_group("group-second"), minutes_ago=2)
        trail.deliver(deleted_group("group-region"), region="ap-southeast-2", minutes_ago=30)
        trail.deliver(content=b"\x1f\x8bno gzip at all")
        trail.deliver(content=gzip.compress(b'{"Records": [' + b"[" * 100_000))
        world.wait_told("group-late", "group-second", "group-region")
        world.wait_recorded(program, 6)
        world.wait_recorded(program, 2, outcome="quarantined")

        assert program.page("/healthz")[0] == 200
        assert program.page("/readyz")[0] == 200
        assert program.metric("objects_pending") == 0
        assert program.metric("suppressed_total", reason="duplicate") >= 1
        assert program.terminate() == 0

    names = ["group-first", "group-late", "group-planted", "group-region", "group-second"]
    assert world.told() == dict.fromkeys(names, 1)
    assert world.states() == {"done": 6, "quarantined": 2}
    assert world.counts() == [(name, 1) for name in names]  # the first was delivered three times


def test_what_came_while_the_daemon_was_down_is_told_after_the_next_start_and_the_rest_is_not_told_again(
    world: World,
) -> None:
    world.trail.deliver(deleted_group("group-before"))
    with running(world.config) as program:
        world.wait_told("group-before")
        assert program.terminate() == 0

    world.trail.deliver(deleted_group("group-between"), minutes_ago=20)
    with running(world.config) as program:
        world.wait_told("group-between")
        assert program.terminate() == 0
    assert world.told() == {"group-before": 1, "group-between": 1}


def test_many_files_at_once_are_all_told_and_none_twice(world: World) -> None:
    names = [f"group-{number:03}" for number in range(60)]
    for name in names:
        world.trail.deliver(deleted_group(name), minutes_ago=3)
    with running(world.config) as program:
        world.wait_recorded(program, len(names))
        assert program.terminate() == 0
    alerts = listed(world.config, "alerts", "list", "--limit", "1000")
    assert len(alerts) == len(names)


def test_the_pages_and_the_log_tell_what_goes_on(world: World) -> None:
    world.trail.deliver(deleted_group("group-one"), looked_around(1))
    with running(world.config) as program:
        world.wait_told("group-one")
        source = f"s3://{world.trail.bucket}"
        assert program.metric("events_total", source=source, outcome="evaluated") == 2
        assert program.metric("alerts_total", level="high") == 1
        wait_until(
            lambda: program.metric("deliveries_total", destination="security", outcome="sent"), "a sent delivery"
        )
        assert program.metric("last_poll_success_timestamp_seconds", source=source) > 0
        assert program.page("/nothing")[0] == 404
        assert any(line["event"] == "log files recorded" for line in program.log_lines())
        assert "xoxb-" not in str(program.log_lines())
        assert program.terminate() == 0
    assert "group-one" in program.output()
