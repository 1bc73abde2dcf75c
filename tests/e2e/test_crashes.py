"""`kill -9` at each stage of a file's way, and a restart: no alert is lost, and only the last stage may repeat one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.e2e.conftest import World
from tests.e2e.harness import DEADLINE_S, ONCE, Program, running, wait_until
from tests.e2e.standstill import SIGN
from tests.e2e.trail import deleted_group

NAMES = ("group-one", "group-two", "group-three")
POST = "chat.postMessage"


def killed_while_listing(world: World, keys: list[str]) -> None:
    with world.s3.holding("list-type=2") as gate, running(world.config) as program:
        assert gate.arrived.wait(DEADLINE_S)
        program.kill()


def killed_while_reading(world: World, keys: list[str]) -> None:
    with world.s3.holding(keys[-1]) as gate, running(world.config) as program:
        assert gate.arrived.wait(DEADLINE_S)
        program.kill()


def killed_after_evaluating_before_anything_is_written(world: World, keys: list[str]) -> None:
    killed_at_a_standstill(world, keys, where="evaluated")


def killed_after_writing_before_the_commit(world: World, keys: list[str]) -> None:
    killed_at_a_standstill(world, keys, where="written")


def killed_at_a_standstill(world: World, keys: list[str], *, where: str) -> None:
    """The matches are there inside the program, and nobody else can see anything of them."""
    with running(world.config, "tests.e2e.standstill", where) as program:
        (sign,) = wait_until(lambda: [line for line in program.log_lines() if line["event"] == SIGN], SIGN)
        program.kill()
    assert sign["matches"] > 0
    assert world.states() == {"pending": len(keys)}
    assert (world.counts(), world.told()) == ([], {})


def killed_after_the_commit_before_sending(world: World, keys: list[str]) -> None:
    """The message is on its way and Slack has not got it."""
    with world.slack_wire.holding(POST, is_before=True) as gate, running(world.config) as program:
        world.wait_recorded(program, len(keys))
        assert gate.arrived.wait(DEADLINE_S)
        program.kill()
    assert world.told() == {}


def killed_while_slack_was_away(world: World, keys: list[str]) -> None:
    world.slack.stop()
    with running(world.config) as program:
        world.wait_recorded(program, len(keys))
        program.kill()
    world.slack.start()


def killed_after_sending_before_it_was_settled(world: World, keys: list[str]) -> None:
    """Slack has taken the first message; its answer never comes."""
    with world.slack_wire.holding(POST) as gate, running(world.config) as program:
        world.wait_recorded(program, len(keys))
        assert gate.arrived.wait(DEADLINE_S)
        program.kill()
    assert sum(world.told().values()) == 1


STAGES: list[tuple[Callable[[World, list[str]], None], int]] = [
    (killed_while_listing, 0),
    (killed_while_reading, 0),
    (killed_after_evaluating_before_anything_is_written, 0),
    (killed_after_writing_before_the_commit, 0),
    (killed_after_the_commit_before_sending, 0),
    (killed_while_slack_was_away, 0),
    (killed_after_sending_before_it_was_settled, 1),
]


@pytest.mark.parametrize(("kill", "repeats"), STAGES, ids=[kill.__name__ for kill, _ in STAGES])
def test_after_a_kill_and_a_restart_each_alert_is_told_once(
    world: World, kill: Callable[[World, list[str]], None], repeats: int
) -> None:
    keys = [world.trail.deliver(deleted_group(name), minutes_ago=ago) for ago, name in enumerate(NAMES, start=3)]
    kill(world, keys)
    with running(world.config) as program:
        world.wait_told(*NAMES)
        wait_until(lambda: _owed(program) == 0, "an empty outbox")
        assert program.terminate() == 0
    assert set(world.told()) == set(NAMES)
    assert sum((world.told() - Counter(NAMES)).values()) <= repeats
    assert world.states() == {"done": len(keys)}
    assert world.counts() == [(name, 1) for name in sorted(NAMES)]


def _owed(program: Program) -> float:
    return program.metric("outbox_pending", destination="security")


def test_a_kill_while_one_of_many_files_is_read_costs_no_other_file(world: World) -> None:
    names = [f"group-{number:02}" for number in range(6)]
    keys = [world.trail.deliver(deleted_group(name), minutes_ago=5) for name in names]
    with world.s3.holding(sorted(keys)[2]) as gate, running(world.config) as program:
        assert gate.arrived.wait(DEADLINE_S)
        program.kill()
    with running(world.config) as program:
        world.wait_recorded(program, len(keys) - world.states()["done"])
        program.kill()
    with running(world.config, *ONCE) as program:
        assert program.process.wait(60) == 0
    assert world.states() == {"done": len(keys)}
    assert world.counts() == [(name, 1) for name in names]
