"""The watchdog on the loops, and readiness."""

from __future__ import annotations

from datetime import timedelta

from daemon.ops.health import Health, Step


class Seconds:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_loop_that_falls_silent_makes_the_daemon_unhealthy_until_it_turns_again() -> None:
    clock = Seconds()
    health = Health(monotonic=clock)
    health.watch("poll", tolerance=timedelta(minutes=15))
    health.watch("outbox", tolerance=timedelta(minutes=1))

    clock.now = 61
    assert health.ailments() == ["outbox has been silent for 61 s"]

    health.beat("outbox")
    assert health.ailments() == []


def test_a_failure_stays() -> None:
    health = Health(monotonic=Seconds())
    health.fail("the HTTP server has ended")

    assert health.ailments() == ["the HTTP server has ended"]


def test_readiness_names_what_it_still_waits_for() -> None:
    health = Health(monotonic=Seconds())
    health.reached(Step.STORE)
    assert health.missing() == ["waiting: rules loaded", "waiting: first poll started"]

    health.reached(Step.RULES)
    health.reached(Step.POLL)
    assert health.missing() == []
