"""`trailwarden run`: the daemon, or one cycle of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from daemon.config import find_config, load_config
from daemon.ops.logs import set_up_logging
from daemon.service.compose import compose
from daemon.service.life import run_cycle, run_until_stopped


def run_daemon(config: Path | None, *, is_once: bool, environment: Mapping[str, str], stopping: threading.Event) -> int:
    """Run as the configuration says, until `stopping` is set. Raises ConfigError, StoreError."""
    settings = load_config(find_config(config, environment), environment)
    set_up_logging(settings.log)
    with compose(settings, stopping=stopping) as daemon:
        return run_cycle(daemon) if is_once else run_until_stopped(daemon, listen=settings.http.listen)
