from __future__ import annotations

from datetime import timedelta

from daemon.notify.pacing import ONE_A_SECOND, UNPACED, Pacer
from tests.doubles.alerts import NOW

SECOND = timedelta(seconds=1)


def test_turns_are_a_second_apart() -> None:
    pacer = Pacer(ONE_A_SECOND)
    assert pacer.take(NOW) is None
    assert pacer.take(NOW + SECOND / 2) == NOW + SECOND
    assert pacer.take(NOW + SECOND) is None


def test_without_an_interval_every_turn_is_granted() -> None:
    pacer = Pacer(UNPACED)
    assert [pacer.take(NOW), pacer.take(NOW)] == [None, None]


def test_a_hold_keeps_everybody_waiting_and_is_not_shortened() -> None:
    pacer = Pacer(ONE_A_SECOND)
    pacer.hold(now=NOW, until=NOW + 30 * SECOND)
    pacer.hold(now=NOW, until=NOW + 5 * SECOND)
    assert pacer.take(NOW + 6 * SECOND) == NOW + 30 * SECOND


def test_a_hold_after_the_clock_was_set_back_lasts_only_as_long_as_asked() -> None:
    pacer = Pacer(ONE_A_SECOND)
    earlier = NOW - timedelta(hours=3)
    assert pacer.take(NOW) is None
    pacer.hold(now=earlier, until=earlier + 5 * SECOND)
    assert pacer.take(earlier + SECOND) == earlier + 5 * SECOND
    assert pacer.take(earlier + 5 * SECOND) is None


def test_a_clock_that_was_set_back_silences_nobody() -> None:
    pacer = Pacer(ONE_A_SECOND)
    assert pacer.take(NOW) is None
    assert pacer.take(NOW - timedelta(hours=3)) is None
