"""The composition root: from a Config to a Daemon that is ready to run. Only here are adapters built."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog

from daemon import __version__
from daemon.config import Config, DestinationConfig, SourceConfig
from daemon.detect.rulebook import RuleBook
from daemon.errors import StoreError
from daemon.notify.dispatch import Dispatcher
from daemon.ops.health import Health, Step
from daemon.ops.metrics import Metrics
from daemon.ports import Clock, Notifier, Source
from daemon.record.store import Store, open_store
from daemon.service.adapters import (
    make_notifier,
    make_pacers,
    make_plans,
    open_source,
    usable_destinations,
)
from daemon.service.clock import utc_now
from daemon.service.delivering import RETRY_REASONS, ClosableOutbox, lane_hooks
from daemon.service.delivering import loop_name as outbox_loop
from daemon.service.first_things import tell_first_things
from daemon.service.gauges import read_gauges
from daemon.service.loading import load_files
from daemon.service.notices import REASONS, Notices, crashed
from daemon.service.polling import Polling
from daemon.service.polling import loop_name as poll_loop
from daemon.service.proofs import Proving
from daemon.service.proofs import loop_name as proof_loop
from daemon.service.proving.prover import SourceProver, make_prover
from daemon.service.rhythm import Rhythm
from daemon.service.ruling import RuleKeeper
from daemon.service.shared import Shared, Watched
from daemon.service.working import LOOP, Worker
from daemon.sources.build import policy_of, scope_of
from daemon.sources.poll import Poller

log = structlog.get_logger("trailwarden")

_FETCHERS = 8
_OBJECT_TOLERANCE = timedelta(minutes=30)  # the largest object: 1 GiB, decoded record by record
_SEND_TOLERANCE = timedelta(minutes=5)


def _open_store(config: Config, now: datetime) -> Store:
    return open_store(config.state.url, now=now)


def _make_notifier(config: DestinationConfig) -> Notifier:
    return make_notifier(config, stdout=sys.stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """How the outer parts are made. The defaults are the real ones; tests put their own around them."""

    store: Callable[[Config, datetime], Store] = _open_store
    source: Callable[..., Source] = open_source
    prover: Callable[..., SourceProver] = make_prover
    notifier: Callable[[DestinationConfig], Notifier] = _make_notifier
    clock: Clock = utc_now
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """Everything, put together. `rhythms` are the loops: the work first, then an outbox a destination."""

    config: Config
    shared: Shared
    watched: tuple[Watched, ...]
    polling: Polling
    proving: Proving
    rules: RuleKeeper
    worker: Worker
    dispatcher: Dispatcher
    rhythms: tuple[Rhythm, ...]
    stopping: threading.Event
    outbox_closed: threading.Event

    def prune(self) -> None:
        """Forget what retention no longer keeps."""
        state = self.config.state
        try:
            pruned = self.shared.store.prune(
                keep_alerts=state.keep_alerts, keep_objects=state.keep_objects, now=self.shared.clock()
            )
        except StoreError as fault:
            log.error("nothing pruned", error=str(fault))
            return
        if pruned.alerts or pruned.matches or pruned.combinations:
            log.info("pruned", alerts=pruned.alerts, matches=pruned.matches, combinations=pruned.combinations)


@contextmanager
def compose(
    config: Config, *, makers: Makers | None = None, stopping: threading.Event | None = None
) -> Iterator[Daemon]:
    """Open the store, build every adapter, load the rules. Raises StoreError, StoreLocked.

    `stopping`, when it is set, tells everything that takes long to come to an end.
    """
    made = makers or Makers()
    stopping, closed = stopping or threading.Event(), threading.Event()
    with ExitStack() as stack:
        store = stack.enter_context(made.store(config, made.clock()))
        pool = ThreadPoolExecutor(_FETCHERS, thread_name_prefix="fetch")
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)  # a read that hangs is not waited for
        outboxes: list[Rhythm] = []
        shared = _share(config, store, made=made, stopping=stopping, wake=lambda: _wake(outboxes))
        tell_first_things(config, shared)
        watched = tuple(_watch(each, config=config, shared=shared, made=made) for each in config.sources)
        book = RuleBook(config.rules, store.rules, load_files=load_files)
        rules = RuleKeeper(book, shared=shared, on_changed=lambda: work.wake())
        worker = Worker(watched, shared=shared, ruleset=rules.current, pool=pool, on_opened=lambda: _wake(outboxes))
        dispatcher = _dispatcher(config, shared, made=made, closed=closed)
        work = _rhythm(LOOP, worker.turn, shared=shared, watched=watched, tolerance=_OBJECT_TOLERANCE)
        outboxes += [_outbox(name, dispatcher=dispatcher, shared=shared, watched=watched) for name in dispatcher.names]
        polling = Polling(shared=shared, on_found=work.wake)
        _expose_store(shared, watched)
        rules.reload()
        yield Daemon(
            config=config,
            shared=shared,
            watched=watched,
            polling=polling,
            proving=Proving(shared=shared, on_found=work.wake),
            rules=rules,
            worker=worker,
            dispatcher=dispatcher,
            rhythms=(work, *outboxes),
            stopping=stopping,
            outbox_closed=closed,
        )


def _share(
    config: Config, store: Store, *, made: Makers, stopping: threading.Event, wake: Callable[[], None]
) -> Shared:
    """Metrics, health and notices, and the store known to them."""
    usable = usable_destinations(config)
    plans = make_plans(usable, notices=config.notices)
    metrics, health = Metrics(version=__version__), Health(monotonic=monotonic)
    for each in config.destinations:
        metrics.begin_destination(each.name, is_enabled=each in usable, retry_reasons=RETRY_REASONS)
    metrics.begin(notice_reasons=REASONS)
    health.reached(Step.STORE)
    return Shared(
        store=store,
        plans=plans,
        metrics=metrics,
        health=health,
        notices=Notices(store.recorder, plans=plans, metrics=metrics, clock=made.clock, wake=wake),
        clock=made.clock,
        jitter=made.jitter,
        is_stopping=stopping.is_set,
    )


def _expose_store(shared: Shared, watched: Sequence[Watched]) -> None:
    sources = [each.source.name for each in watched]
    destinations = [plan.destination for plan in shared.plans]
    shared.metrics.watch_store(lambda: read_gauges(shared.store, sources=sources, destinations=destinations))


def _watch(each: SourceConfig, *, config: Config, shared: Shared, made: Makers) -> Watched:
    source = made.source(
        each, clock=made.clock, on_request=lambda operation: shared.metrics.aws_requests.labels(operation).inc()
    )
    shared.metrics.begin_source(source.name)

    def is_stopping() -> bool:
        """Asked after each shard, so that a listing of a hundred thousand of them counts as alive."""
        shared.health.beat(poll_loop(source.name))
        return shared.is_stopping()

    poller = Poller(
        source,
        shared.store.ledger,
        clock=made.clock,
        scope=scope_of(each),
        policy=policy_of(each, keep_objects=config.state.keep_objects),
        is_stopping=is_stopping,
    )
    return Watched(
        config=each,
        source=source,
        poller=poller,
        prover=None if each.digest == "off" else _prove(each, source, config=config, shared=shared, made=made),
    )


def _prove(each: SourceConfig, source: Source, *, config: Config, shared: Shared, made: Makers) -> SourceProver:
    def is_stopping() -> bool:
        shared.health.beat(proof_loop(source.name))
        return shared.is_stopping()

    return made.prover(
        each,
        source,
        store=shared.store,
        keep_objects=config.state.keep_objects,
        clock=made.clock,
        is_stopping=is_stopping,
        on_request=lambda operation: shared.metrics.aws_requests.labels(operation).inc(),
    )


def _dispatcher(config: Config, shared: Shared, *, made: Makers, closed: threading.Event) -> Dispatcher:
    usable = usable_destinations(config)
    return Dispatcher(
        ClosableOutbox(shared.store.outbox, is_closed=closed.is_set),
        [made.notifier(each) for each in usable],
        clock=made.clock,
        jitter=made.jitter,
        hooks=lane_hooks(shared.metrics, shared.notices, shared.health),
        pacers=make_pacers(usable),
    )


def _outbox(name: str, *, dispatcher: Dispatcher, shared: Shared, watched: Sequence[Watched]) -> Rhythm:
    lane = dispatcher.lane(name)

    def turn() -> datetime | None:
        return lane.run_once().next_at

    return _rhythm(outbox_loop(name), turn, shared=shared, watched=watched, tolerance=_SEND_TOLERANCE)


def _rhythm(
    name: str, turn: Callable[[], datetime | None], *, shared: Shared, watched: Sequence[Watched], tolerance: timedelta
) -> Rhythm:
    """A loop whose faults are counted: those of the store by their own reason, for every source they hold up."""

    def count(fault: Exception) -> None:
        reason = "state" if isinstance(fault, StoreError) else "crashed"
        for each in watched:
            shared.metrics.poll_errors.labels(each.source.name, reason).inc()
        if reason == "crashed":
            shared.notices.tell(crashed(f"The loop `{name}`", fault))

    return Rhythm(name, turn, clock=shared.clock, health=shared.health, tolerance=tolerance, on_fault=count)


def _wake(rhythms: Sequence[Rhythm]) -> None:
    for rhythm in rhythms:
        rhythm.wake()
