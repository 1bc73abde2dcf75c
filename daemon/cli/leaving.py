"""The last step of the program: out, also when a thread still waits for the network."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

_WAIT_S = 0.5  # for threads that are only about to end


def leave(code: int) -> NoReturn:
    """End the process. Python would wait for every thread, and nothing that a thread still does counts any more."""
    deadline_s = time.monotonic() + _WAIT_S
    others = [each for each in threading.enumerate() if each is not threading.current_thread()]
    for each in others:
        each.join(timeout=max(deadline_s - time.monotonic(), 0.0))
    if any(each.is_alive() for each in others):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    raise SystemExit(code)
