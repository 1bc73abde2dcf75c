"""SIGTERM as Ctrl-C: what has temporary files tidies up either way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Terminated(KeyboardInterrupt):
    """SIGTERM, which must tidy up as Ctrl-C does."""


@contextmanager
def terminating() -> Iterator[None]:
    """Inside, SIGTERM raises."""

    def stop(number: int, frame: object) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
