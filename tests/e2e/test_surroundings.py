"""S3 that throttles or cuts off, a state that is locked: the program recovers by itself and tells the truth of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.e2e.conftest import World
from tests.e2e.harness import running, wait_until
from tests.e2e.trail import deleted_group


def test_s3_that_throttles_is_waited_for_and_nothing_is_lost(world: World) -> None:
    world.trail.deliver(deleted_group("group-one"))
    with running(world.config) as program:
        with world.s3.throttling(lambda path: True):
            wait_until(lambda: program.metric("poll_errors_total", reason="throttled"), "throttling in the metrics")
            assert program.metric("objects_quarantined") == 0
            assert (program.page("/healthz")[0], program.page("/readyz")[0]) == (200, 200)
            assert program.metric("last_poll_success_timestamp_seconds") == 0
        world.wait_told("group-one")
        wait_until(lambda: program.metric("last_poll_success_timestamp_seconds"), "a poll that succeeded")
        assert program.terminate() == 0


def test_s3_that_throttles_reading_alone_leaves_the_files_pending(world: World) -> None:
    for number in range(3):
        world.trail.deliver(deleted_group(f"group-{number}"), minutes_ago=number + 1)
    with running(world.config) as program:
        with world.s3.throttling(lambda path: path.endswith(".json.gz")):
            wait_until(lambda: program.metric("poll_errors_total", reason="throttled"), "throttling in the metrics")
            assert program.metric("objects_pending") == 3
        world.wait_told("group-0", "group-1", "group-2")
        assert program.terminate() == 0
    assert set(world.told().values()) == {1}


def test_bodies_that_break_off_are_read_again(world: World) -> None:
    for number in range(3):
        world.trail.deliver(deleted_group(f"group-{number}"), minutes_ago=number + 1)
    world.s3.cut_off_once(".json.gz")
    with running(world.config) as program:
        world.wait_told("group-0", "group-1", "group-2")
        assert program.metric("objects_quarantined") == 0
        assert program.terminate() == 0


def test_a_state_that_somebody_else_has_locked_holds_up_and_loses_nothing(world: World) -> None:
    world.trail.deliver(deleted_group("group-zero"), minutes_ago=3)
    with running(world.config) as program:
        world.wait_told("group-zero")
        with closing(sqlite3.connect(world.config.parent / "state.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            world.trail.deliver(deleted_group("group-one"))
            asked = len(world.s3.requests)
            wait_until(lambda: len(world.s3.requests) > asked, "a listing while the state is locked")
            assert program.page("/healthz")[0] == 200
            assert set(world.told()) == {"group-zero"}
            other.execute("ROLLBACK")
        world.wait_told("group-one")
        assert program.terminate() == 0
    assert world.states() == {"done": 2}
