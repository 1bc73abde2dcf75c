"""A bound on how long a send may take in all, whatever the other side or a library does meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Result = TypeVar("Result")


class TimeLimit(Generic[Result]):
    """Runs one call at a time. One that takes too long goes on by itself, and none begins before it has ended."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: threading.Thread | None = None

    def run(self, call: Callable[[], Result]) -> Result:
        """What the call gives, or raises. Raises TimeoutError when it, or an earlier one, has not ended in time."""
        if self._running is not None and self._running.is_alive():
            raise TimeoutError("an earlier try has not ended")
        done: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()
        self._running = threading.Thread(target=_ended, args=(call, done), daemon=True, name="send")
        self._running.start()
        try:
            result, fault = done.get(timeout=self._seconds)
        except Empty:
            raise TimeoutError("it took too long") from None
        self._running.join()
        if fault is not None:
            raise fault
        return result  # type: ignore[return-value]  # without a fault there is one


def _ended(call: Callable[[], Result], done: SimpleQueue[tuple[Result | None, BaseException | None]]) -> None:
    try:
        done.put((call(), None))
    except BaseException as fault:  # it is raised where the result is waited for
        done.put((None, fault))
