"""How the outer parts of the daemon are made: the real ones, unless a test hands in others."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.config import Config, DestinationConfig, OrganizationConfig, SourceConfig
from daemon.ports import Clock, Notifier, Source
from daemon.record.store import Settings, Store
from daemon.service.account_names import organization_names
from daemon.service.adapters import make_notifier, open_source
from daemon.service.clock import utc_now
from daemon.service.member import COMMAND
from daemon.service.members import organization_accounts
from daemon.service.proving.prover import SourceProver, make_prover
from daemon.service.queues.reading import Queue
from daemon.service.state import open_state
from daemon.sources.build import build_queue

_OVERDUE = timedelta(minutes=27)  # a process is ended before the watchdog would give up on the whole daemon


def _open_store(config: Config, now: datetime) -> Store:
    return open_state(config.state, now=now, settings=Settings(late_after=config.backlog.late_after))


def _make_notifier(config: DestinationConfig) -> Notifier:
    return make_notifier(config, stdout=sys.stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """How the outer parts are made. The defaults are the real ones; tests put their own around them."""

    store: Callable[[Config, datetime], Store] = _open_store
    source: Callable[..., Source] = open_source
    queue: Callable[..., Queue] = build_queue
    prover: Callable[..., SourceProver] = make_prover
    notifier: Callable[[DestinationConfig], Notifier] = _make_notifier
    evaluator_command: Sequence[str] = COMMAND
    overdue: timedelta = _OVERDUE
    accounts: Callable[[SourceConfig], Collection[str]] = organization_accounts
    account_names: Callable[[OrganizationConfig], Mapping[str, str]] = organization_names
    clock: Clock = utc_now
    jitter: Callable[[], float] = random.random
