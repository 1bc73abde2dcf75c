"""A message that the other side never takes, among others that it takes: a proxy blocks it, a server stumbles."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import REFUSED_ALONE, Dead, DeliveryState, Level, Notice, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import UNREACHABLE, RetryReason
from daemon.notify.lane import Lane, LaneHooks
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_parcel, an_alert
from tests.doubles.clock import MovableClock
from tests.doubles.outbox import MemoryOutbox

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BLOCKED = Retry(reason=RetryReason.SERVER_ERROR)
POISON = 1_000_000  # numbers from here on are of messages that are never taken


class Proxy:
    """Lets everything through but poison, unless it is down."""

    name = "security"

    def __init__(self, refusal: SendOutcome = BLOCKED) -> None:
        self.refusal = refusal
        self.is_down = False
        self.tried: list[Parcel] = []

    def send(self, parcel: Parcel) -> SendOutcome:
        self.tried.append(parcel)
        if self.is_down or parcel.delivery.id >= POISON:
            return self.refusal
        return Sent(remote_ref=f"C1/{parcel.delivery.id}")


class Scene:
    """Hours of a lane at work, woken when it asks for it, and at once when an alert opens."""

    def __init__(self, refusal: SendOutcome = BLOCKED) -> None:
        self.clock = MovableClock(NOW)
        self.proxy = Proxy(refusal)
        self.outbox = MemoryOutbox()
        self.notices: list[Notice] = []
        self.lane = self.new_lane()

    def new_lane(self) -> Lane:
        hooks = LaneHooks(on_notice=self.notices.append)
        return Lane(notifier=self.proxy, outbox=self.outbox, clock=self.clock, jitter=lambda: 0.0, hooks=hooks)

    def open(self, number: int, *, level: Level = Level.HIGH) -> None:
        alert = an_alert(id=f"a{number}", level=level)
        self.outbox.add(a_parcel(alert, id=number, created_at=self.clock.now, due_at=self.clock.now))

    def go_on(self, duration: timedelta) -> None:
        end = self.clock.now + duration
        while self.clock.now < end:
            next_at = self.lane.run_once().next_at or end
            self.clock.now = min(max(next_at, self.clock.now + timedelta(seconds=1)), end)

    def tries(self, number: int) -> int:
        return sum(parcel.delivery.id == number for parcel in self.proxy.tried)

    def state(self, number: int) -> DeliveryState:
        return self.outbox.delivery(number).state


@pytest.mark.parametrize(
    "refusal",
    [BLOCKED, Retry(reason=RetryReason.LOST_ANSWER), Pause(reason=UNREACHABLE, hint="check the network")],
    ids=["block page", "lost answer", "reset connection"],
)
def test_a_message_that_is_never_taken_holds_no_other_up(refusal: SendOutcome) -> None:
    scene = Scene(refusal)
    scene.open(POISON, level=Level.CRITICAL)
    for number in range(1, 25):
        scene.go_on(30 * MINUTE)
        scene.open(number, level=Level.LOW)
    scene.go_on(10 * MINUTE)
    assert [scene.state(number) for number in range(1, 25)] == [DeliveryState.SENT] * 24


def test_once_it_is_known_a_message_that_is_never_taken_pauses_nothing() -> None:
    scene = Scene()
    scene.open(POISON)
    for number in range(1, 4):
        scene.go_on(30 * MINUTE)
        scene.open(number)
    scene.go_on(10 * MINUTE)
    scene.notices.clear()
    scene.open(4)
    scene.go_on(timedelta(seconds=1))
    assert scene.state(4) is DeliveryState.SENT
    scene.go_on(5 * HOUR)
    assert not scene.lane.is_paused
    assert [notice.reason for notice in scene.notices] == []


def test_a_burst_of_poison_and_more_of_it_all_the_time_holds_an_alert_up_for_minutes_only() -> None:
    scene = Scene()
    for number in range(20):
        scene.open(POISON + number, level=Level.CRITICAL)
    scene.go_on(MINUTE)
    scene.open(1, level=Level.LOW)
    scene.go_on(20 * MINUTE)
    assert scene.state(1) is DeliveryState.SENT


def test_nobody_can_stay_at_the_end_of_the_queue_for_ever_behind_new_poison() -> None:
    scene = Scene()
    scene.open(1, level=Level.LOW)
    scene.proxy.is_down = True
    scene.go_on(MINUTE)
    scene.proxy.is_down = False
    for number in range(30):
        scene.open(POISON + number, level=Level.CRITICAL)
        scene.go_on(5 * MINUTE)
    assert scene.state(1) is DeliveryState.SENT


def test_after_an_outage_the_gravest_still_goes_first_and_as_it_is() -> None:
    scene = Scene()
    scene.proxy.is_down = True
    scene.open(1, level=Level.CRITICAL)
    for number in range(2, 6):
        scene.open(number, level=Level.LOW)
    scene.go_on(3 * HOUR)
    before = len(scene.proxy.tried)
    scene.proxy.is_down = False
    scene.go_on(11 * MINUTE)
    after = [parcel.delivery for parcel in scene.proxy.tried[before:]]
    assert 1 in [delivery.id for delivery in after[:2]]  # the probe may be any
    assert not any(delivery.is_singled_out for delivery in after)
    assert len(after) == 5


@pytest.mark.parametrize(
    "refusal", [BLOCKED, Pause(reason=UNREACHABLE, hint="check the network")], ids=["5xx", "network"]
)
def test_an_outage_costs_one_try_a_pause_and_kills_nothing(refusal: SendOutcome) -> None:
    scene = Scene(refusal)
    scene.proxy.is_down = True
    for number in range(1, 10):
        scene.open(number)
    scene.go_on(72 * HOUR)
    assert len(scene.proxy.tried) < 6 * 72 + 10
    assert {scene.state(number) for number in range(1, 10)} == {DeliveryState.DUE}
    assert not any(parcel.delivery.is_singled_out for parcel in scene.proxy.tried)


def test_a_message_known_for_failing_that_meets_an_outage_costs_one_try_a_pause_too() -> None:
    scene = Scene()
    scene.open(POISON)
    for number in range(1, 4):
        scene.go_on(30 * MINUTE)
        scene.open(number)
    scene.go_on(HOUR)
    assert scene.outbox.delivery(POISON).is_singled_out
    scene.proxy.is_down = True
    for number in range(4, 10):
        scene.open(number)
    scene.go_on(MINUTE)
    assert scene.lane.is_paused
    before = len(scene.proxy.tried)
    scene.go_on(24 * HOUR)
    assert len(scene.proxy.tried) - before <= 6 * 24 + 5
    assert scene.outbox.delivery(POISON).is_singled_out


def busy_hours(scene: Scene, hours: int) -> None:
    """Every ten minutes another alert is told."""
    first = max(scene.outbox.parcels.keys() - {POISON}, default=0) + 1
    for number in range(first, first + 6 * hours):
        scene.open(number)
        scene.go_on(10 * MINUTE)


def test_what_fails_alone_for_a_day_is_given_up_with_a_notice() -> None:
    scene = Scene()
    scene.open(POISON)
    busy_hours(scene, 23)
    assert scene.state(POISON) is DeliveryState.DUE
    assert [notice.reason for notice in scene.notices].count("message_refused") == 1  # which says that it hangs
    busy_hours(scene, 20)
    assert scene.state(POISON) is DeliveryState.DEAD
    assert scene.outbox.settled[-1] != (POISON, Dead(reason=REFUSED_ALONE))  # others went on
    assert (POISON, Dead(reason=REFUSED_ALONE)) in scene.outbox.settled
    told = [notice for notice in scene.notices if notice.reason == "message_refused"]
    assert len(told) == 2
    assert "a1000000" in told[-1].text
    assert "given up" in told[-1].title
    assert scene.tries(POISON) >= 20


def test_nothing_is_given_up_while_nothing_else_gets_through() -> None:
    scene = Scene()
    scene.open(POISON)
    busy_hours(scene, 22)
    scene.go_on(200 * HOUR)
    assert scene.state(POISON) is DeliveryState.DUE


def test_days_with_few_other_messages_are_no_proof() -> None:
    scene = Scene()
    scene.open(POISON)
    for number in range(1, 15):
        scene.open(number)
        scene.go_on(4 * HOUR)
    assert scene.state(POISON) is DeliveryState.DUE


def test_what_passed_before_an_outage_says_nothing_of_what_fails_in_it() -> None:
    scene = Scene()
    scene.proxy.is_down = True
    scene.open(1, level=Level.LOW)
    scene.lane.run_once()
    scene.proxy.is_down = False
    scene.open(2)
    scene.lane.run_once()
    scene.proxy.is_down = True
    scene.clock.advance(5 * timedelta(seconds=1))
    for number in range(3, 6):
        scene.open(number)
    scene.go_on(HOUR)
    assert scene.tries(1) > 1
    assert scene.state(2) is DeliveryState.SENT
    assert not any(getattr(outcome, "reason", "") == REFUSED_ALONE for _, outcome in scene.outbox.settled)


def test_a_clock_that_jumps_does_not_make_a_day_of_an_hour_backwards() -> None:
    scene = Scene()
    scene.open(POISON)
    busy_hours(scene, 20)
    scene.clock.advance(-48 * HOUR)
    scene.lane.run_once()
    busy_hours(scene, 20)
    assert scene.state(POISON) is DeliveryState.DUE


def test_single_cycles_find_out_too() -> None:
    """`run --once` has a new lane each time: what it knows is the number of attempts, and who passed in this cycle."""
    scene = Scene()
    scene.open(POISON, level=Level.CRITICAL)
    for number in range(1, 7):
        scene.lane = scene.new_lane()
        scene.open(number)
        scene.lane.run_once()
        scene.clock.advance(10 * MINUTE)
    assert scene.outbox.delivery(POISON).is_singled_out
    assert scene.proxy.tried[-1].delivery.id == POISON  # behind the others


def test_a_lane_that_begins_with_failures_only_probes_with_all_of_them_in_turn() -> None:
    scene = Scene()
    scene.proxy.is_down = True
    for number in range(1, 5):
        scene.open(number)
    scene.go_on(2 * HOUR)
    tries = [scene.tries(number) for number in range(1, 5)]
    assert max(tries) - min(tries) <= 3
