"""A loop on its own thread: woken, stopped, and never ended by a fault."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from daemon.errors import StoreError
from daemon.ops.health import Health
from daemon.service.rhythm import Rhythm
from tests.doubles.clock import MovableClock

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


class Turns:
    """What a loop does, told to the test turn by turn; `answers` gives what each turn gives or raises."""

    def __init__(self, *answers: datetime | Exception | None) -> None:
        self.answers = list(answers)
        self.taken: queue.Queue[int] = queue.Queue()
        self.faults: list[Exception] = []
        self.count = 0

    def __call__(self) -> datetime | None:
        self.count += 1
        answer = self.answers.pop(0) if self.answers else LATER
        self.taken.put(self.count)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


@pytest.fixture
def rhythms() -> Iterator[list[Rhythm]]:
    started: list[Rhythm] = []
    yield started
    for rhythm in started:
        rhythm.stop()
        assert rhythm.join(timeout_s=10)


def begin(turns: Turns, clock: MovableClock, rhythms: list[Rhythm], health: Health | None = None) -> Rhythm:
    rhythm = Rhythm(
        "work",
        turns,
        clock=clock,
        health=health or Health(monotonic=time.monotonic),
        tolerance=timedelta(minutes=1),
        on_fault=turns.faults.append,
    )
    rhythms.append(rhythm)
    rhythm.start()
    return rhythm


def test_what_is_due_already_is_turned_to_at_once(clock: MovableClock, rhythms: list[Rhythm]) -> None:
    turns = Turns(NOON, NOON - timedelta(days=1))
    begin(turns, clock, rhythms)

    assert [turns.taken.get(timeout=10) for _ in range(3)] == [1, 2, 3]


def test_a_loop_that_waits_is_woken(clock: MovableClock, rhythms: list[Rhythm]) -> None:
    turns = Turns(None)
    rhythm = begin(turns, clock, rhythms)
    turns.taken.get(timeout=10)

    rhythm.wake()
    assert turns.taken.get(timeout=10) == 2


def test_a_fault_is_told_and_the_loop_goes_on(clock: MovableClock, rhythms: list[Rhythm]) -> None:
    turns = Turns(ZeroDivisionError("a fault"))
    rhythm = begin(turns, clock, rhythms)
    turns.taken.get(timeout=10)

    rhythm.wake()
    assert turns.taken.get(timeout=10) == 2
    assert [str(fault) for fault in turns.faults] == ["a fault"]


def test_a_loop_that_hangs_makes_the_daemon_unhealthy(clock: MovableClock, rhythms: list[Rhythm]) -> None:
    now_s = [0.0]
    health = Health(monotonic=lambda: now_s[0])
    let_go, hanging = threading.Event(), threading.Event()

    class Hanging(Turns):
        def __call__(self) -> datetime | None:
            hanging.set()
            let_go.wait(10)
            return LATER

    begin(Hanging(), clock, rhythms, health)
    assert hanging.wait(10)
    now_s[0] = 61.0
    assert health.ailments() == ["work has been silent for 61 s"]
    let_go.set()


def test_a_turn_that_does_not_end_is_not_waited_for_for_ever(clock: MovableClock) -> None:
    let_go, hanging = threading.Event(), threading.Event()

    class Hanging(Turns):
        def __call__(self) -> datetime | None:
            hanging.set()
            let_go.wait(10)
            return None

    rhythm = begin(Hanging(), clock, [])
    assert hanging.wait(10)
    rhythm.stop()
    assert not rhythm.join(timeout_s=0.01)
    let_go.set()
    assert rhythm.join(timeout_s=10)


def test_a_loop_told_to_linger_takes_its_last_turns_while_something_is_due(
    clock: MovableClock, rhythms: list[Rhythm]
) -> None:
    turns = Turns(None)
    rhythm = begin(turns, clock, rhythms)
    turns.taken.get(timeout=10)

    turns.answers = [NOON, ZeroDivisionError()]  # due at once, then a fault: not worth waiting for
    rhythm.stop(linger_s=4)
    assert rhythm.join(timeout_s=3)
    assert turns.count == 3


def test_a_loop_told_to_linger_waits_for_what_is_due_shortly_and_not_for_more(
    clock: MovableClock, rhythms: list[Rhythm]
) -> None:
    turns = Turns(None)
    rhythm = begin(turns, clock, rhythms)
    turns.taken.get(timeout=10)

    turns.answers = [NOON + timedelta(milliseconds=10), NOON + timedelta(seconds=9)]
    rhythm.stop(linger_s=8)
    assert rhythm.join(timeout_s=6)
    assert turns.count == 3


def test_a_fault_of_the_store_is_logged_without_what_was_being_stored(
    clock: MovableClock, rhythms: list[Rhythm]
) -> None:
    fault = StoreError("state.db: database or disk is full")
    fault.__cause__ = ValueError("[SQL: INSERT ...] [parameters: ('an event of somebody',)]")
    turns = Turns(fault)
    with capture_logs() as lines:
        rhythm = begin(turns, clock, rhythms)
        turns.taken.get(timeout=10)
        rhythm.wake()
        turns.taken.get(timeout=10)

    assert [(line["error"], "exc_info" in line) for line in lines] == [("state.db: database or disk is full", False)]
    assert turns.faults == [fault]
