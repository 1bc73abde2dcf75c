"""What is around the program fails for a while: it waits, says so once, and goes on by itself."""

from __future__ import annotations

import signal
import time
from contextlib import ExitStack

from tests.doubles.slack import error, rate_limited
from tests.e2e.conftest import World
from tests.e2e.harness import DEADLINE_S, EXIT_WITHIN_S, QUICK_PROBES, listed, running, wait_until
from tests.e2e.trail import deleted_group


def test_a_rate_limit_is_obeyed_for_as_long_as_slack_says(world: World) -> None:
    world.slack.script("chat.postMessage", rate_limited("3"))
    world.trail.deliver(deleted_group("group-one"))
    with running(world.config) as program:
        wait_until(lambda: len(world.slack.calls) == 1, "the refused call")
        refused_at = time.monotonic()
        world.wait_told("group-one")
        assert program.metric("delivery_retries_total", destination="security") == 1
        assert program.terminate() == 0
    (post,) = world.slack.opens()
    assert post.received_at - refused_at >= 2.5
    assert world.told() == {"group-one": 1}


def test_slack_that_is_away_holds_up_no_reading_and_is_told_everything_when_it_is_back(world: World) -> None:
    world.trail.deliver(deleted_group("group-one"))
    with ExitStack() as until_it_is_back, running(world.config, *QUICK_PROBES) as program:
        until_it_is_back.enter_context(world.slack_wire.away())
        wait_until(lambda: program.metric("destination_paused", destination="security"), "a pause")
        world.trail.deliver(deleted_group("group-two"), minutes_ago=2)
        world.wait_recorded(program, 2)
        wait_until(lambda: "group-two" in program.output(), "the other destination told")
        assert world.told() == {}
        until_it_is_back.close()
        world.wait_told("group-one", "group-two")
        wait_until(lambda: not program.metric("destination_paused", destination="security"), "the end of the pause")
        assert program.terminate() == 0
    assert world.told() == {"group-one": 1, "group-two": 1}
    assert {row["state"] for row in listed(world.config, "deliveries", "list")} == {"sent"}


def test_a_channel_that_lacks_the_app_is_told_elsewhere_and_gets_its_alerts_once_the_app_is_in(world: World) -> None:
    world.slack.always("chat.postMessage", error("not_in_channel"))
    world.trail.deliver(deleted_group("group-one"))
    with running(world.config, *QUICK_PROBES) as program:
        wait_until(lambda: "Destination security is paused: not_in_channel" in program.output(), "a notice elsewhere")
        assert world.told() == {}
        world.slack.always("chat.postMessage", None)
        world.wait_told("group-one")
        assert program.terminate() == 0
    assert world.told() == {"group-one": 1}
    assert program.output().count("Destination security is paused") == 1


def test_a_bucket_that_denies_reading_keeps_the_files_pending_and_says_so_once(world: World) -> None:
    world.trail.deliver(deleted_group("group-one"))
    world.trail.deliver(deleted_group("group-two"), minutes_ago=2)
    with running(world.config) as program:
        with world.s3.denying(lambda path: path.endswith(".json.gz")):
            wait_until(lambda: program.metric("poll_errors_total", reason="access_denied"), "a refusal in the metrics")
            assert program.metric("objects_pending") == 2
            assert program.metric("objects_quarantined") == 0
            wait_until(lambda: "cannot be read" in program.output(), "a notice on the terminal")
        world.wait_told("group-one", "group-two")
        assert program.terminate() == 0
    assert program.output().count("cannot be read") == 1
    assert world.states() == {"done": 2}


def test_a_bucket_that_denies_listing_is_polled_again_until_it_does_not(world: World) -> None:
    world.trail.deliver(deleted_group("group-one"))
    with world.s3.denying(lambda path: True), running(world.config) as program:
        wait_until(lambda: program.metric("poll_errors_total", reason="access_denied"), "a refusal in the metrics")
        assert program.page("/healthz")[0] == 200
        assert program.page("/readyz")[0] == 200
        world.s3.allow()
        world.wait_told("group-one")
        assert program.terminate() == 0


def test_a_rule_that_breaks_while_it_runs_stays_in_force_as_it_was(world: World) -> None:
    rule = world.config.parent / "rules" / "rule.yml"
    good = rule.read_text(encoding="utf-8")
    with running(world.config) as program:
        wait_until(lambda: program.metric("rules_loaded", state="loaded") == 1, "the rule")
        assert program.terminate() == 0
    rule.write_text(good.replace("condition: deleted", "condition: nonsense"), encoding="utf-8")
    world.trail.deliver(deleted_group("group-one"))
    with running(world.config) as program:
        world.wait_told("group-one")
        assert program.metric("rules_loaded", state="last_good") == 1
        assert program.terminate() == 0


def test_a_signal_ends_it_in_time_while_a_file_is_still_being_read_and_the_file_is_read_later(world: World) -> None:
    key = world.trail.deliver(deleted_group("group-one"))
    with world.s3.holding(key) as gate, running(world.config) as program:
        assert gate.arrived.wait(DEADLINE_S)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(EXIT_WITHIN_S) == 0
    with running(world.config) as program:
        world.wait_told("group-one")
        assert program.terminate() == 0
    assert world.told() == {"group-one": 1}


def test_a_signal_while_slack_holds_its_answer_ends_it_in_time(world: World) -> None:
    world.trail.deliver(deleted_group("group-one"))
    with world.slack_wire.holding("chat.postMessage") as gate, running(world.config) as program:
        assert gate.arrived.wait(DEADLINE_S)
        assert program.terminate() == 0
