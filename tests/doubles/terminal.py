"""A real terminal for what a command prints, seen from its other end."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, run: Callable[[], object]) -> str:
    """What a person would see: the command is run with one end of a terminal as its standard output."""
    reading, writing = os.openpty()
    found: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # Linux says so when the other end is closed
            while piece := os.read(reading, 65_536):
                found.append(piece)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(writing, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        run()
    reader.join()
    os.close(reading)
    return b"".join(found).decode()
