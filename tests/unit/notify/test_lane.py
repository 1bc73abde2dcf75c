from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest

from daemon.errors import StoreError
from daemon.model import Dead, DeliveryKind, DeliveryState, Level, Notice, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.dispatch import Dispatcher
from daemon.notify.lane import Attempt, Lane, LaneHooks
from daemon.notify.pacing import ONE_A_SECOND, Pacer
from daemon.ports import Parcel
from tests.doubles.alerts import NOW, a_parcel, an_alert
from tests.doubles.clock import MovableClock
from tests.doubles.outbox import MemoryOutbox

SECOND = timedelta(seconds=1)
NOT_IN_CHANNEL = Pause(reason="not_in_channel", hint="invite the app")


class ScriptedNotifier:
    """Answers as told, else takes everything."""

    def __init__(self, *outcomes: SendOutcome | Exception, name: str = "security") -> None:
        self.name = name
        self.outcomes = deque(outcomes)
        self.sent: list[int] = []

    def send(self, parcel: Parcel) -> SendOutcome:
        self.sent.append(parcel.delivery.id)
        outcome = self.outcomes.popleft() if self.outcomes else Sent(remote_ref=f"C1/{parcel.delivery.id}")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Heard:
    """Keeps what the hooks were told."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.notices: list[Notice] = []
        self.pauses: list[tuple[str, bool]] = []

    def hooks(self) -> LaneHooks:
        return LaneHooks(
            on_attempt=self.attempts.append,
            on_notice=self.notices.append,
            on_pause=lambda name, is_paused: self.pauses.append((name, is_paused)),
        )


class Scene:
    """A lane, its outbox, its notifier and its clock."""

    def __init__(
        self, *outcomes: SendOutcome | Exception, parcels: int = 3, interval: timedelta = ONE_A_SECOND
    ) -> None:
        self.clock = MovableClock(NOW)
        self.heard = Heard()
        self.notifier = ScriptedNotifier(*outcomes)
        self.outbox = MemoryOutbox(*(a_parcel(id=number, alert_id=f"a{number}") for number in range(1, parcels + 1)))
        self.lane = Lane(
            notifier=self.notifier,
            outbox=self.outbox,
            clock=self.clock,
            jitter=lambda: 0.0,
            hooks=self.heard.hooks(),
            pacer=Pacer(interval),
            timer=iter(range(1_000)).__next__,
        )


def test_one_message_a_second_goes_out_and_the_lane_says_when_to_come_back() -> None:
    scene = Scene()
    report = scene.lane.run_once()
    assert (report.sent, report.next_at, report.is_paced) == (1, NOW + SECOND, True)
    scene.clock.advance(SECOND)
    scene.lane.run_once()
    scene.clock.advance(SECOND)
    report = scene.lane.run_once()
    assert scene.notifier.sent == [1, 2, 3]
    assert (report.next_at, report.is_paced) == (None, False)


def test_where_nothing_paces_a_turn_sends_all_that_is_due() -> None:
    scene = Scene(interval=timedelta(0))
    assert scene.lane.run_once().sent == 3


def test_a_turn_ends_after_a_batch_so_that_a_stop_is_heard() -> None:
    scene = Scene(parcels=60, interval=timedelta(0))
    report = scene.lane.run_once()
    assert (report.sent, report.next_at, report.is_paced) == (50, NOW, True)


def test_the_gravest_goes_first() -> None:
    scene = Scene()
    scene.outbox.add(a_parcel(an_alert(id="a9", level=Level.CRITICAL), id=9))
    scene.lane.run_once()
    assert scene.notifier.sent == [9]


def test_a_retry_comes_again_after_its_wait_and_others_go_on() -> None:
    scene = Scene(Retry(reason=RetryReason.LOST_ANSWER))
    for _ in range(3):
        scene.lane.run_once()
        scene.clock.advance(SECOND)
    assert scene.notifier.sent == [1, 2, 1]
    assert scene.outbox.delivery(1).attempts == 2


def test_a_rate_limit_quiets_the_whole_channel_for_as_long_as_asked() -> None:
    scene = Scene(Retry(reason=RetryReason.RATE_LIMITED, after=30 * SECOND))
    report = scene.lane.run_once()
    assert (report.retried, report.next_at, report.is_paced) == (1, NOW + 30 * SECOND, False)
    scene.clock.advance(29 * SECOND)
    assert scene.lane.run_once().retried == 0
    scene.clock.advance(SECOND)
    assert scene.lane.run_once().sent == 1


def test_two_destinations_in_one_channel_share_its_pace() -> None:
    clock = MovableClock(NOW)
    outbox = MemoryOutbox(a_parcel(id=1), a_parcel(id=2, destination="other"))
    pacer = Pacer(ONE_A_SECOND)
    notifiers = [ScriptedNotifier(), ScriptedNotifier(name="other")]
    dispatcher = Dispatcher(
        outbox, notifiers, clock=clock, jitter=lambda: 0.0, pacers={"security": pacer, "other": pacer}
    )
    report = dispatcher.run_once()
    assert [len(notifier.sent) for notifier in notifiers] == [1, 0]
    assert (report.paced_until, report.next_at, report.has_failures) == (NOW + SECOND, NOW + SECOND, False)
    clock.advance(SECOND)
    assert dispatcher.run_once().next_at is None
    assert dispatcher.names == ("security", "other")
    assert dispatcher.lane("other").name == "other"


def test_a_paused_destination_keeps_its_deliveries_and_resumes_by_itself() -> None:
    scene = Scene(NOT_IN_CHANNEL, NOT_IN_CHANNEL)
    report = scene.lane.run_once()
    assert (report.retried, report.is_paused, report.next_at) == (1, True, NOW + 30 * SECOND)
    scene.clock.advance(10 * SECOND)
    assert scene.lane.run_once().retried == 0
    scene.clock.advance(20 * SECOND)
    assert scene.lane.run_once().next_at == NOW + 90 * SECOND
    scene.clock.advance(60 * SECOND)
    assert scene.lane.run_once().sent == 1
    assert not scene.lane.is_paused
    assert scene.heard.pauses == [("security", True), ("security", False)]
    assert [(notice.reason, notice.about) for notice in scene.heard.notices] == [("destination_paused", "security")]


def test_a_paused_destination_does_not_hold_up_another() -> None:
    clock = MovableClock(NOW)
    outbox = MemoryOutbox(a_parcel(id=1), a_parcel(id=2, destination="other"))
    dispatcher = Dispatcher(
        outbox,
        [ScriptedNotifier(NOT_IN_CHANNEL), ScriptedNotifier(name="other")],
        clock=clock,
        jitter=lambda: 0.0,
    )
    report = dispatcher.run_once()
    assert report.lanes["other"].sent == 1
    assert report.has_failures
    assert report.paced_until is None


def test_a_fault_of_ours_costs_neither_the_alert_nor_the_others() -> None:
    scene = Scene(KeyError("bug"), interval=timedelta(0))
    report = scene.lane.run_once()
    assert (report.sent, report.retried) == (2, 1)
    assert scene.outbox.delivery(1).state is DeliveryState.DUE


def test_a_dead_letter_is_written_down_and_counted() -> None:
    scene = Scene(Dead(reason="invalid_blocks"))
    assert scene.lane.run_once().dead == 1
    assert scene.outbox.delivery(1).state is DeliveryState.DEAD


def test_what_the_store_could_not_write_down_is_not_sent_again() -> None:
    scene = Scene(parcels=1)
    scene.outbox.failures_left = 2
    for _ in range(2):
        with pytest.raises(StoreError):
            scene.lane.run_once()
        scene.clock.advance(5 * SECOND)
    scene.lane.run_once()
    assert scene.notifier.sent == [1]
    assert scene.outbox.delivery(1).remote_ref == "C1/1"


def test_people_hear_of_a_pause_also_when_the_store_is_away() -> None:
    scene = Scene(NOT_IN_CHANNEL)
    scene.outbox.failures_left = 1
    with pytest.raises(StoreError):
        scene.lane.run_once()
    assert (len(scene.heard.notices), len(scene.heard.attempts)) == (1, 1)


def test_details_follow_their_alert_and_know_its_message() -> None:
    scene = Scene(parcels=0, interval=timedelta(0))
    scene.outbox.add(a_parcel(id=1))
    scene.outbox.add(a_parcel(id=2, kind=DeliveryKind.DETAILS))
    scene.lane.run_once()
    assert scene.notifier.sent == [1, 2]


def test_a_flood_summary_can_be_drained_before_its_minute_is_over() -> None:
    scene = Scene(parcels=0)
    scene.outbox.add(a_parcel(id=1, kind=DeliveryKind.SUMMARY, due_at=NOW + 40 * SECOND))
    assert scene.lane.run_once().next_at == NOW + 40 * SECOND
    assert scene.lane.run_once(drain=True).sent == 1


def test_each_try_is_told_with_its_length_and_the_age_of_the_event() -> None:
    scene = Scene(parcels=1)
    scene.lane.run_once()
    (attempt,) = scene.heard.attempts
    assert (attempt.destination, attempt.seconds, attempt.latencies) == ("security", 1, (timedelta(minutes=7),))


def test_only_an_alert_that_was_told_has_a_latency() -> None:
    scene = Scene(Retry(reason="x", after=10 * SECOND), parcels=0, interval=timedelta(0))
    scene.outbox.add(a_parcel(id=1))
    scene.outbox.add(a_parcel(id=2, kind=DeliveryKind.DETAILS))
    scene.outbox.add(a_parcel(an_alert(rule_id="notice:x"), id=3, alert_id="n"))
    scene.lane.run_once()
    scene.clock.advance(10 * SECOND)
    scene.lane.run_once()
    assert scene.notifier.sent == [1, 3, 1, 2]
    assert [len(attempt.latencies) for attempt in scene.heard.attempts] == [0, 0, 1, 0]


def test_a_lane_needs_neither_hooks_nor_pacer() -> None:
    notifier = ScriptedNotifier(NOT_IN_CHANNEL)
    lane = Lane(notifier=notifier, outbox=MemoryOutbox(a_parcel()), clock=lambda: NOW, jitter=lambda: 0.5)
    assert lane.run_once().is_paused


def test_a_paused_lane_says_what_is_to_be_told_elsewhere_at_each_turn() -> None:
    asked: list[tuple[str, object]] = []

    def fall_back(destination: str, until: object) -> int:
        asked.append((destination, until))
        return 2

    outbox = MemoryOutbox(a_parcel(id=1, alert_id="a1"))
    notifier = ScriptedNotifier(NOT_IN_CHANNEL)
    hooks = LaneHooks(on_standstill=fall_back)
    clock = MovableClock(NOW)
    dispatcher = Dispatcher(outbox, [notifier], clock=clock, jitter=lambda: 0.0, hooks=hooks)
    assert dispatcher.run_once().fallen_back == 2
    clock.advance(SECOND)
    dispatcher.run_once()
    assert asked == [("security", NOW), ("security", NOW + SECOND)]
    clock.advance(timedelta(minutes=1))
    assert dispatcher.run_once().fallen_back == 0
