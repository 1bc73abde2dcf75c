"""The daemon's life: one cycle for `--once`, or loops until a signal, and then the end in order.

The order of the end: no new polls; the object in work is finished and its batch recorded, or left pending; the
outbox is flushed briefly; HTTP last, so that health tells the truth until then. All of it within 20 s.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from daemon.ops.http import HttpServer, bind, build_app
from daemon.service.compose import Daemon
from daemon.service.polling import loop_name
from daemon.service.rhythm import Rhythm

log = structlog.get_logger("trailwarden")

_FINISH_WORK_S = 10.0
_FLUSH_S = 4.0
_LISTING_TOLERANCE = timedelta(minutes=30)  # ten thousand shards, or S3 that is slow to refuse
_RETENTION_EVERY = timedelta(hours=1)


def run_until_stopped(daemon: Daemon, *, listen: tuple[str, int]) -> int:
    """Poll, evaluate and send until SIGTERM or SIGINT. Gives the exit code."""
    app = build_app(
        metrics=daemon.shared.metrics.render,
        ailments=daemon.shared.health.ailments,
        missing=daemon.shared.health.missing,
    )
    with (
        HttpServer(app, listener=bind(listen), on_death=daemon.shared.health.fail) as server,
        _stopped_by_signals(daemon.stopping),
    ):
        log.info("started", port=server.port, sources=[watched.source.name for watched in daemon.watched])
        scheduler = _schedule(daemon)
        for rhythm in daemon.rhythms:
            rhythm.start()
        scheduler.start()
        daemon.stopping.wait()
        log.info("stopping")
        scheduler.shutdown(wait=False)
        _end(daemon.rhythms)
    log.info("stopped")
    return 0


def run_cycle(daemon: Daemon) -> int:
    """One cycle: poll each source once, work off what is due, try each due delivery once.

    Gives 1 if anything failed or is left: a poll with faults, a log file put off or set aside, a rule file with
    faults, a delivery not sent.
    """
    with _stopped_by_signals(daemon.stopping):
        outcomes = [daemon.polling.poll(watched) for watched in daemon.watched]
        worked = daemon.worker.work_off()
        has_failures = _send_all(daemon)
    counts = daemon.shared.store.counts(now=daemon.shared.clock())
    pending = sum(of.pending for of in counts.sources.values())
    owed = sum(of.pending for of in counts.destinations.values())
    is_complete = all(outcome is not None and outcome.is_complete for outcome in outcomes)
    log.info("cycle done", done=worked.done, quarantined=worked.quarantined, pending=pending, owed=owed)
    is_clean = is_complete and not (worked.quarantined or pending or owed or has_failures or daemon.rules.is_faulty)
    return 0 if is_clean else 1


def _send_all(daemon: Daemon) -> bool:
    """Try everything due once, in the rhythm that each channel allows; gives whether anything was not sent."""
    has_failures = False
    while True:
        report = daemon.dispatcher.run_once(drain=True)
        has_failures |= report.has_failures
        if report.paced_until is None:
            return has_failures
        wait_s = (report.paced_until - daemon.shared.clock()).total_seconds()
        if daemon.stopping.wait(max(wait_s, 0.0)):
            return True


def _schedule(daemon: Daemon) -> BackgroundScheduler:
    """Polls and upkeep on their intervals: no job twice at once, none piled up, none dropped for being late."""
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
    now = datetime.now(UTC)
    for watched in daemon.watched:
        every = watched.config.poll_every.total_seconds()
        name = loop_name(watched)
        daemon.shared.health.watch(name, tolerance=3 * watched.config.poll_every + _LISTING_TOLERANCE)
        scheduler.add_job(daemon.polling.poll, "interval", [watched], seconds=every, next_run_time=now, id=name)
    every = daemon.config.rules.reload_every.total_seconds()
    scheduler.add_job(daemon.rules.reload, "interval", seconds=every, id="reload")
    scheduler.add_job(daemon.prune, "interval", seconds=_RETENTION_EVERY.total_seconds(), next_run_time=now, id="prune")
    return scheduler


@contextmanager
def _stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set the event; a second one ends the process as it would have without us."""

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(rhythms: tuple[Rhythm, ...]) -> None:
    """The work loop first, since it still fills the outbox; then the outboxes, all at once."""
    work, *outboxes = rhythms
    work.stop()
    if not work.join(timeout_s=_FINISH_WORK_S):
        log.warning("the object in work was not finished; it stays pending")
    for rhythm in outboxes:
        rhythm.stop()
    for rhythm in outboxes:
        if not rhythm.join(timeout_s=_FLUSH_S / len(outboxes)):
            log.warning("the outbox was not flushed; what is owed stays due", loop=rhythm.name)
