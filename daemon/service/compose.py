"""The composition root: from a Config to a Daemon that is ready to run. Only here are adapters built."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
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
from daemon.record.store import Store
from daemon.service.adapters import (
    make_notifier,
    make_pacers,
    make_plans,
    open_source,
    usable_destinations,
)
from daemon.service.clock import utc_now
from daemon.service.cpus import usable_cpus
from daemon.service.crashes import Crashes
from daemon.service.delivering import RETRY_REASONS, ClosableOutbox, lane_hooks
from daemon.service.delivering import loop_name as outbox_loop
from daemon.service.evaluating import Evaluator, InProcess
from daemon.service.first_things import tell_first_things
from daemon.service.fleet import Fleet
from daemon.service.gauges import read_gauges
from daemon.service.keeping import UPKEEP
from daemon.service.loading import load_files
from daemon.service.member import COMMAND
from daemon.service.members import Members, organization_accounts
from daemon.service.notices import REASONS, Notices, crashed
from daemon.service.polling import Polling
from daemon.service.polling import loop_name as poll_loop
from daemon.service.queues.build import TOLERANCE as QUEUE_TOLERANCE
from daemon.service.queues.build import build_readers
from daemon.service.queues.build import loop_name as queue_loop
from daemon.service.queues.reading import Queue, QueueReader
from daemon.service.rhythm import Rhythm
from daemon.service.ruling import RuleKeeper
from daemon.service.shared import Shared, Watched
from daemon.service.silence import Listener
from daemon.service.state import open_state
from daemon.service.working import LOOP, Worker
from daemon.sources.build import build_queue, policy_of, scope_of, source_name
from daemon.sources.poll import Poller
from daemon.sources.purpose import LIST_OPERATION, Purpose, purpose_now
from daemon.sources.window import HORIZON

log = structlog.get_logger("trailwarden")

_OBJECT_TOLERANCE = timedelta(minutes=30)  # the largest object: 1 GiB, decoded record by record
_OVERDUE = timedelta(minutes=27)  # a process is ended before the watchdog would give up on the whole daemon
_SEND_TOLERANCE = timedelta(minutes=5)


def _open_store(config: Config, now: datetime) -> Store:
    return open_state(config.state, now=now)


def _make_notifier(config: DestinationConfig) -> Notifier:
    return make_notifier(config, stdout=sys.stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """How the outer parts are made. The defaults are the real ones; tests put their own around them."""

    store: Callable[[Config, datetime], Store] = _open_store
    source: Callable[..., Source] = open_source
    queue: Callable[..., Queue] = build_queue
    notifier: Callable[[DestinationConfig], Notifier] = _make_notifier
    evaluator_command: Sequence[str] = COMMAND
    overdue: timedelta = _OVERDUE
    accounts: Callable[[SourceConfig], Collection[str]] = organization_accounts
    clock: Clock = utc_now
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """Everything, put together. `rhythms` are the loops: the work first, then an outbox a destination.

    `readers` are those of queues, which end first: no long poll is waited for.
    """

    config: Config
    shared: Shared
    watched: tuple[Watched, ...]
    polling: Polling
    rules: RuleKeeper
    worker: Worker
    dispatcher: Dispatcher
    rhythms: tuple[Rhythm, ...]
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
        outboxes: list[Rhythm] = []
        shared = _share(config, store, made=made, stopping=stopping, wake=lambda: _wake(outboxes))
        tell_first_things(config, shared)
        watched = tuple(_watch(each, config=config, shared=shared, made=made) for each in config.sources)
        book = RuleBook(config.rules, store.rules, load_files=load_files)
        rules = RuleKeeper(book, shared=shared, on_changed=lambda: work.wake())
        crashes = Crashes(shared)
        evaluator = stack.enter_context(closing(_evaluator(config, watched, shared=shared, crashes=crashes, made=made)))
        worker = Worker(
            watched,
            shared=shared,
            ruleset=rules.current,
            evaluator=evaluator,
            crashes=crashes,
            on_opened=lambda: _wake(outboxes),
        )
        dispatcher = _dispatcher(config, shared, made=made, closed=closed)
        work = _rhythm(LOOP, worker.turn, shared=shared, watched=watched, tolerance=_OBJECT_TOLERANCE)
        outboxes += [_outbox(name, dispatcher=dispatcher, shared=shared, watched=watched) for name in dispatcher.names]
        readers = build_readers(
            watched,
            shared=shared,
            make_queue=made.queue,
            ruleset=rules.current,
            on_found=work.wake,
            on_opened=lambda: _wake(outboxes),
        )
        listener = Listener(shared, members=Members(shared, ask=made.accounts).of)
        polling = Polling(shared=shared, listener=listener, on_found=work.wake)
        _expose_store(shared, watched)
        rules.reload()
        yield Daemon(
            config=config,
            shared=shared,
            watched=watched,
            polling=polling,
            rules=rules,
            worker=worker,
            dispatcher=dispatcher,
            rhythms=(work, *outboxes),
            readers=tuple((each, _reading(each, shared=shared)) for each in readers),
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


def _evaluator(
    config: Config, watched: Sequence[Watched], *, shared: Shared, crashes: Crashes, made: Makers
) -> Evaluator:
    """One process alone evaluates by itself."""
    size = usable_cpus() if config.workers == "auto" else config.workers
    if size == 1:
        return InProcess()
    return Fleet(
        size,
        watched,
        shared=shared,
        log_config=config.log,
        is_to_be_tried_again=crashes.is_one_more_try_left,
        longest_s=made.overdue.total_seconds(),
        command=made.evaluator_command,
    )


def _expose_store(shared: Shared, watched: Sequence[Watched]) -> None:
    sources = [each.source.name for each in watched]
    destinations = [plan.destination for plan in shared.plans]
    shared.metrics.watch_store(lambda: read_gauges(shared.store, sources=sources, destinations=destinations))


def _watch(each: SourceConfig, *, config: Config, shared: Shared, made: Makers) -> Watched:
    name = source_name(each)

    def on_request(operation: str) -> None:
        shared.metrics.aws_requests.labels(operation).inc()
        if operation == LIST_OPERATION:
            shared.metrics.list_requests.labels(name, purpose_now()).inc()

    source = made.source(each, clock=made.clock, on_request=on_request)
    shared.metrics.begin_source(source.name, purposes=Purpose if each.is_remote else ())

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
    return Watched(config=each, source=source, poller=poller)


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


def _reading(reader: QueueReader, *, shared: Shared) -> Rhythm:
    """The loop of a queue, whose faults are counted under its own name."""

    def count(fault: Exception) -> None:
        reason = "state" if isinstance(fault, StoreError) else "crashed"
        shared.metrics.queues.errors.labels(reader.name, reason).inc()
        if reason == "crashed":
            shared.notices.tell(crashed(f"The loop `{queue_loop(reader.name)}`", fault))

    name = queue_loop(reader.name)
    return Rhythm(
        name, reader.turn, clock=shared.clock, health=shared.health, tolerance=QUEUE_TOLERANCE, on_fault=count
    )


def _wake(rhythms: Sequence[Rhythm]) -> None:
    for rhythm in rhythms:
        rhythm.wake()
