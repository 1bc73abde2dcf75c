"""Turns SIGTERM and SIGINT into the wish to stop, and sees to it that the process ends in time whatever hangs."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

END_WITHIN_S = 18.0  # orchestrators kill after 20 or 30 s


@contextmanager
def stopped_by_signals(*, code_if_held_up: int, within_s: float = END_WITHIN_S) -> Iterator[threading.Event]:
    """Gives the event that SIGTERM and SIGINT set; a second one ends the process as it would have without us.

    What does not come to its end within so long of the first is cut off with this exit code, as a crash would do
    it: the state store is made for that.
    """
    stopping, is_over = threading.Event(), threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    def cut_off() -> None:
        stopping.wait()
        if not is_over.wait(within_s):
            import structlog  # here, since nothing may come before the signals are listened to

            structlog.get_logger("trailwarden").error("something hangs: ended without waiting for it")
            os._exit(code_if_held_up)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    guard = threading.Thread(target=cut_off, name="last resort", daemon=True)
    guard.start()
    try:
        yield stopping
    finally:
        is_over.set()
        stopping.set()
        for number, handler in before.items():
            signal.signal(number, handler)
