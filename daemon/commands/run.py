"""`trailwarden run`: the daemon, or one cycle of it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from daemon.config import find_config, load_config
from daemon.ops.logs import set_up_logging
from daemon.service.compose import compose
from daemon.service.life import run_cycle, run_until_stopped

_IDLE_THREADS_END_S = 0.2


def run_daemon(config: Path | None, *, is_once: bool, environment: Mapping[str, str]) -> int:
    """Run as the configuration says. Raises ConfigError, StoreError."""
    settings = load_config(find_config(config, environment), environment)
    set_up_logging(settings.log)
    with compose(settings) as daemon:
        code = run_cycle(daemon) if is_once else run_until_stopped(daemon, listen=settings.http.listen)
    _leave_if_held_up(code)
    return code


def _leave_if_held_up(code: int) -> None:
    """End now if a thread still waits for the network: nothing it does counts any more, and Python would join it."""
    others = [each for each in threading.enumerate() if each is not threading.main_thread()]  # also a pool's daemons
    for each in others:
        each.join(timeout=_IDLE_THREADS_END_S)
    if any(each.is_alive() for each in others):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
