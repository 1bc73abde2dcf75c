"""The daemon as it was put together: its parts by name, for what runs it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import structlog

from daemon.config import Config
from daemon.errors import StoreError
from daemon.notify.dispatch import Dispatcher
from daemon.service.daily import DailyDigests
from daemon.service.keeping import UPKEEP
from daemon.service.polling import Polling
from daemon.service.proofs import Proving
from daemon.service.queues.doubting import Doubts
from daemon.service.queues.reading import QueueReader
from daemon.service.rhythm import Rhythm
from daemon.service.ruling import RuleKeeper
from daemon.service.shared import Shared, Watched
from daemon.service.sockets import Sockets
from daemon.service.surroundings import Surroundings
from daemon.service.waking import Waking
from daemon.service.working import Worker
from daemon.sources.window import HORIZON

log = structlog.get_logger("trailwarden")


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """Everything, put together. `rhythms` are the loops: the work first, then an outbox a destination.

    `readers` are those of queues, which end first: no long poll is waited for.
    """

    config: Config
    shared: Shared
    watched: tuple[Watched, ...]
    polling: Polling
    proving: Proving
    doubts: Doubts
    waking: Waking
    rules: RuleKeeper
    daily: DailyDigests
    worker: Worker
    dispatcher: Dispatcher
    surroundings: Surroundings
    rhythms: tuple[Rhythm, ...]
    sockets: Sockets
    readers: tuple[tuple[QueueReader, Rhythm], ...]
    stopping: threading.Event
    outbox_closed: threading.Event

    def prune(self) -> None:
        """Forget what retention no longer keeps, unless another daemon sees to that."""
        state = self.config.state
        # Matches are kept for as long as the farthest sweep could bring their log file again.
        farther = max(each.sweep.horizon for each in self.config.sources) - HORIZON
        keep_objects = state.keep_objects + max(farther, timedelta(0))
        try:
            if not self.shared.store.leases.hold(UPKEEP):
                return
            pruned = self.shared.store.prune(
                keep_alerts=state.keep_alerts, keep_objects=keep_objects, now=self.shared.clock()
            )
        except StoreError as fault:
            log.error("nothing pruned", error=str(fault))
            return
        if pruned.alerts or pruned.matches or pruned.combinations:
            log.info("pruned", alerts=pruned.alerts, matches=pruned.matches, combinations=pruned.combinations)
