"""Keeps messages in hand from being given to others: their visibility is extended at half the time-out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

LEAST = timedelta(seconds=30)  # also where a queue gives its messages less


class Keeping:
    """Calls `extend` every half of `visibility`, on a thread of its own, until it is closed or we stop."""

    def __init__(self, extend: Callable[[], None], *, visibility: timedelta, is_stopping: Callable[[], bool]) -> None:
        self._extend = extend
        self._every_s = max(visibility.total_seconds() / 2, 0.5)
        self._is_stopping = is_stopping
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="keep messages", daemon=True).start()

    def close(self) -> None:
        """They are deleted, or left."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(self._every_s) and not self._is_stopping():
            self._extend()
