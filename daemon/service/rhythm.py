"""A loop on a thread of its own: turn, wait to be woken or for its time, turn again; a fault never ends it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from daemon.errors import StoreError
from daemon.ops.health import Health
from daemon.ports import Clock

log = structlog.get_logger("trailwarden")
_LONGEST_WAIT_S = 15.0  # a beat at least this often
_AFTER_FAULT = timedelta(seconds=5)


class Rhythm:
    """Calls `turn` again and again; `turn` gives the time at which it has something to do next, or None."""

    def __init__(
        self,
        name: str,
        turn: Callable[[], datetime | None],
        *,
        clock: Clock,
        health: Health,
        tolerance: timedelta,
        on_fault: Callable[[Exception], None],
    ) -> None:
        self.name = name
        self._turn = turn
        self._clock = clock
        self._health = health
        self._tolerance = tolerance
        self._on_fault = on_fault
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._lingers_until_s = 0.0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to turn."""
        self._health.watch(self.name, tolerance=self._tolerance)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do now."""
        self._woken.set()

    def stop(self, *, linger_s: float = 0.0) -> None:
        """Turn no more after the present turn; or for so much longer, as long as something is due within it."""
        self._lingers_until_s = time.monotonic() + linger_s
        self._stopping.set()
        self._woken.set()

    def join(self, *, timeout_s: float) -> bool:
        """Wait for the present turn to end; False when it did not in time."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._health.beat(self.name)
            due_at = self._turn_safely()
            self._woken.wait(self._wait_s(due_at))
            self._woken.clear()  # before `stop` is looked at again: a stop in between is never slept over

        self._linger()

    def _linger(self) -> None:
        while (left_s := self._lingers_until_s - time.monotonic()) > 0:
            due_at = self._turn_safely()
            if due_at is None or self._wait_s(due_at) >= left_s:
                return
            time.sleep(self._wait_s(due_at))

    def _turn_safely(self) -> datetime | None:
        try:
            return self._turn()
        except StoreError as fault:  # its own words say all, and its causes would show what was being stored
            log.error("loop held up by the state store", loop=self.name, error=str(fault))
            self._on_fault(fault)
            return self._clock() + _AFTER_FAULT
        except Exception as fault:  # the top of a loop: it must go on
            log.exception("loop broke", loop=self.name)
            self._on_fault(fault)
            return self._clock() + _AFTER_FAULT

    def _wait_s(self, due_at: datetime | None) -> float:
        if due_at is None:
            return _LONGEST_WAIT_S
        return min(max((due_at - self._clock()).total_seconds(), 0.0), _LONGEST_WAIT_S)
