"""What every loop of the daemon is given: store, plans, metrics, notices, clock, and whether it is time to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from daemon.config import SourceConfig
from daemon.model import Plan
from daemon.ops.health import Health
from daemon.ops.metrics import Metrics
from daemon.ports import Clock, Source
from daemon.record.store import Store
from daemon.service.notices import Notices
from daemon.service.proving.prover import SourceProver
from daemon.sources.poll import Poller


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Built once by `compose`. `jitter` gives numbers from 0 to 1."""

    store: Store
    plans: tuple[Plan, ...]
    metrics: Metrics
    health: Health
    notices: Notices
    clock: Clock
    jitter: Callable[[], float]
    is_stopping: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One source of the configuration, with what lists it."""

    config: SourceConfig
    source: Source
    poller: Poller
    prover: SourceProver | None = None  # None where `digest: off`
