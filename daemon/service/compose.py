"""The composition root: from a Config to a Daemon that is ready to run. Only here are adapters built."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from functools import partial
from time import monotonic

from daemon import __version__
from daemon.config import Config
from daemon.detect.rulebook import RuleBook
from daemon.notify.dispatch import Dispatcher
from daemon.notify.geoip import Networks
from daemon.ops.health import Health, Step
from daemon.ops.metrics import Metrics, StoreGauges
from daemon.record.store import Store
from daemon.record.waking import SqlWaking
from daemon.service.account_names import AccountNames
from daemon.service.adapters import make_pacers, make_update_pacers, usable_destinations
from daemon.service.cpus import usable_cpus
from daemon.service.crashes import OWN_CRASHES, Crashes
from daemon.service.daemon import Daemon
from daemon.service.daily import DailyDigests
from daemon.service.delivering import ClosableOutbox, lane_hooks, retry_reasons
from daemon.service.evaluating import Evaluator, InProcess
from daemon.service.first_things import tell_first_things
from daemon.service.fleet import Fleet
from daemon.service.gauges import read_gauges
from daemon.service.loading import load_files
from daemon.service.loops import outbox, reading, rhythm, wake_all
from daemon.service.makers import Makers
from daemon.service.members import Members
from daemon.service.notices import REASONS, Notices
from daemon.service.polling import Polling
from daemon.service.proofs import Proving
from daemon.service.queues.build import build_readers
from daemon.service.queues.doubting import Doubts, Taker, doubtful_spans, takers_of
from daemon.service.rhythm import Rhythm
from daemon.service.routing import channels_of, make_plans
from daemon.service.ruling import RuleKeeper
from daemon.service.shared import Shared, Watched
from daemon.service.silence import Listener
from daemon.service.sockets import build_sockets
from daemon.service.surroundings import Surroundings
from daemon.service.waking import Waking, fallbacks_of
from daemon.service.watching import watch
from daemon.service.working import LOOP, Worker

_OBJECT_TOLERANCE = timedelta(minutes=30)  # the largest object: 1 GiB, decoded record by record


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
        tell = partial(wake_all, outboxes)
        names = AccountNames(config, ask=made.account_names, clock=made.clock)
        shared = _share(config, store, made=made, stopping=stopping, wake=tell, names=names)
        networks = Networks(country=config.geoip.country, asn=config.geoip.asn)
        around = stack.enter_context(closing(Surroundings(names, networks, tell=shared.notices.tell)))
        tell_first_things(config, shared)
        watched = tuple(watch(each, config=config, shared=shared, made=made) for each in config.sources)
        book = RuleBook(config.rules, store.rules, load_files=load_files)
        rules = RuleKeeper(book, shared=shared, on_changed=lambda: work.wake())
        crashes = Crashes(shared)
        evaluator = stack.enter_context(closing(_evaluator(config, watched, shared=shared, crashes=crashes, made=made)))
        worker = Worker(
            watched, shared=shared, ruleset=rules.current, evaluator=evaluator, crashes=crashes, on_opened=tell
        )
        waking = _waking(config, shared, wake=tell)
        dispatcher = _dispatcher(config, shared, made=made, closed=closed, around=around, waking=waking)
        work = rhythm(LOOP, worker.turn, shared=shared, watched=watched, tolerance=_OBJECT_TOLERANCE)
        outboxes += [outbox(name, dispatcher=dispatcher, shared=shared, watched=watched) for name in dispatcher.names]
        readers = build_readers(
            watched, shared=shared, make_queue=made.queue, ruleset=rules.current, on_found=work.wake, on_opened=tell
        )
        listener = Listener(shared, members=Members(shared, ask=made.accounts).of)
        polling = Polling(shared=shared, listener=listener, on_found=work.wake)
        takers = takers_of(watched)
        _expose_store(shared, watched, takers)
        rules.reload()
        yield Daemon(
            config=config,
            shared=shared,
            watched=watched,
            polling=polling,
            proving=Proving(shared=shared, on_found=work.wake),
            doubts=Doubts(shared, takers),
            waking=waking,
            rules=rules,
            daily=DailyDigests(config, shared, names=lambda: names.known, rule_counts=lambda: rules.counts, wake=tell),
            worker=worker,
            dispatcher=dispatcher,
            surroundings=around,
            rhythms=(work, *outboxes),
            sockets=build_sockets(usable_destinations(config), shared=shared, wake=lambda: wake_all(outboxes)),
            readers=tuple((each, reading(each, shared=shared)) for each in readers),
            stopping=stopping,
            outbox_closed=closed,
        )


def _share(
    config: Config,
    store: Store,
    *,
    made: Makers,
    stopping: threading.Event,
    wake: Callable[[], None],
    names: AccountNames,
) -> Shared:
    """Metrics, health and notices, and the store known to them."""
    usable = usable_destinations(config)
    plans = make_plans(config, usable)
    metrics, health = Metrics(version=__version__), Health(monotonic=monotonic)
    for each in config.destinations:
        metrics.begin_destination(each.name, is_enabled=each in usable, retry_reasons=retry_reasons(each.type))
    metrics.begin(notice_reasons=REASONS)
    health.reached(Step.STORE)
    return Shared(
        store=store,
        plans=plans,
        metrics=metrics,
        health=health,
        notices=Notices(
            store.recorder, plans=plans, metrics=metrics, clock=made.clock, wake=wake, put_names=names.put_into
        ),
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
        is_to_be_tried_again=lambda row: crashes.is_one_more_try_left(row, most=OWN_CRASHES),
        longest_s=made.overdue.total_seconds(),
        command=made.evaluator_command,
    )


def _expose_store(shared: Shared, watched: Sequence[Watched], takers: Sequence[Taker]) -> None:
    sources = [each.source.name for each in watched]
    destinations = [plan.destination for plan in shared.plans]

    def read() -> StoreGauges:
        now = shared.clock()
        doubtful = doubtful_spans(takers, now=now)
        return read_gauges(shared.store, sources=sources, destinations=destinations, doubtful=doubtful, now=now)

    shared.metrics.watch_store(read)


def _waking(config: Config, shared: Shared, *, wake: Callable[[], None]) -> Waking:
    return Waking(
        SqlWaking(shared.store.database),
        plans=shared.plans,
        fallbacks=fallbacks_of(config, usable_destinations(config)),
        metrics=shared.metrics,
        health=shared.health,
        clock=shared.clock,
        wake=wake,
    )


def _dispatcher(
    config: Config, shared: Shared, *, made: Makers, closed: threading.Event, around: Surroundings, waking: Waking
) -> Dispatcher:
    usable = usable_destinations(config)
    return Dispatcher(
        ClosableOutbox(shared.store.outbox, is_closed=closed.is_set, beside=around.beside),
        [made.notifier(each) for each in usable],
        clock=made.clock,
        jitter=made.jitter,
        hooks=lane_hooks(shared.metrics, shared.notices, shared.health, on_standstill=waking.fall_back),
        pacers=make_pacers(usable, channels=lambda name: channels_of(config, name)),
        update_pacers=make_update_pacers(usable),
    )
