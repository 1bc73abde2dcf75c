"""The daemon's life: one cycle for `--once`, or loops until a signal, and then the end in order.

The order of the end: no new polls; messages in hand are recorded, long polls of queues not waited for; the object in
work is finished and its batch recorded, or left pending; the outbox is flushed briefly and then closed, so that no
message is cut off between its sending and its settling; HTTP last, so that health tells the truth until then. All of
it within 20 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from daemon.ops.http import HttpServer, bind, build_app
from daemon.service import daily
from daemon.service.daemon import Daemon
from daemon.service.keeping import Keeper
from daemon.service.polling import loop_name
from daemon.service.proofs import FIRST_AFTER, PROVE_EVERY
from daemon.service.proofs import loop_name as proof_loop
from daemon.service.queues.doubting import LOOK_EVERY
from daemon.service.rhythm import Rhythm
from daemon.service.ruling import LOOP as RELOAD
from daemon.service.surroundings import LOOP as SURROUNDINGS
from daemon.service.surroundings import REFRESH_EVERY_S
from daemon.service.waking import LOOK_EVERY as ESCALATE_EVERY
from daemon.service.waking import LOOP as ESCALATIONS
from daemon.service.waking import TOLERANCE as ESCALATION_TOLERANCE

log = structlog.get_logger("trailwarden")

_FINISH_WORK_S = 7.0
_FINISH_MESSAGES_S = 3.0
_FLUSH_S = 3.0
_LAST_SEND_S = 4.0
_LISTING_TOLERANCE = timedelta(minutes=30)  # ten thousand shards, or S3 that is slow to refuse
_RELOAD_TOLERANCE = timedelta(minutes=10)  # thousands of rules, and a state store that is busy
_RETENTION_EVERY = timedelta(hours=1)


def run_until_stopped(daemon: Daemon, *, listen: tuple[str, int]) -> int:
    """Poll, evaluate and send until it is time to stop. Gives the exit code. Raises ConfigError for the address."""
    app = build_app(
        metrics=daemon.shared.metrics.render,
        ailments=daemon.shared.health.ailments,
        missing=daemon.shared.health.missing,
    )
    with HttpServer(app, listener=bind(listen), on_death=daemon.shared.health.fail) as server:
        log.info("started", port=server.port, sources=[watched.source.name for watched in daemon.watched])
        scheduler = _schedule(daemon)
        for rhythm in (*daemon.rhythms, *(reading for _, reading in daemon.readers)):
            rhythm.start()
        daemon.sockets.start()
        scheduler.start()
        daemon.stopping.wait()
        log.info("stopping")
        scheduler.shutdown(wait=False)
        _end(daemon)
    log.info("stopped")
    return 0


def run_cycle(daemon: Daemon) -> int:
    """One cycle: poll each source once, work off what is due, prove it by its digests, try each due delivery once.

    Gives 1 if anything failed or is left: a poll with faults or without a trail, a log file put off or set aside, a
    rule file with faults, a delivery not sent.
    """
    outcomes = [daemon.polling.poll(watched) for watched in daemon.watched]
    worked = daemon.worker.work_off()
    proofs = [daemon.proving.prove(watched) for watched in daemon.watched if watched.prover is not None]
    if any(proof is not None and (proof.findings or proof.fetched) for proof in proofs):
        worked.add(daemon.worker.work_off())
    daemon.doubts.look()
    daemon.waking.look()
    daemon.surroundings.refresh()
    daemon.daily.look(is_idle=True)
    has_failures = _send_all(daemon)
    daemon.prune()
    pending, owed = _left(daemon)
    is_complete = all(
        (outcome is not None and outcome.is_complete and outcome.shards) or daemon.polling.is_left(watched.source.name)
        for watched, outcome in zip(daemon.watched, outcomes, strict=True)
    )
    log.info("cycle done", done=worked.done, quarantined=worked.quarantined, pending=pending, owed=owed)
    is_complete = is_complete and all(proof is not None and proof.is_complete for proof in proofs)
    is_clean = is_complete and not (worked.quarantined or pending or owed or has_failures or daemon.rules.is_faulty)
    return 0 if is_clean else 1


def _left(daemon: Daemon) -> tuple[int, int]:
    """Log files that wait and messages that are owed, of what the configuration names now, usable or not."""
    counts = daemon.shared.store.counts(now=daemon.shared.clock())
    sources = {watched.source.name for watched in daemon.watched}
    destinations = {each.name for each in daemon.config.destinations if each.enabled}
    pending = sum(of.pending for name, of in counts.sources.items() if name in sources)
    return pending, sum(of.pending for name, of in counts.destinations.items() if name in destinations)


def _send_all(daemon: Daemon) -> bool:
    """Try everything due once, in the rhythm that each channel allows; gives whether anything was not sent."""
    has_failures = False
    tries_left = _left(daemon)[1]  # else a channel that asks for a second's quiet each time would keep us for ever
    while True:
        report = daemon.dispatcher.run_once(drain=True)
        has_failures |= report.has_failures
        tries_left += report.fallen_back - report.attempts
        if report.fallen_back and not daemon.stopping.is_set():
            continue  # it is owed to a destination that may have had its turn
        if report.paced_until is None or tries_left <= 0:
            return has_failures
        wait_s = (report.paced_until - daemon.shared.clock()).total_seconds()
        if daemon.stopping.wait(max(wait_s, 0.0)):
            return True


def _schedule(daemon: Daemon) -> BackgroundScheduler:
    """Polls and upkeep on their intervals: no job twice at once, none piled up, none dropped for being late."""
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    threads = ThreadPoolExecutor(2 * len(daemon.watched) + 4)  # a poll that hangs holds up no other, nor the upkeep
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults, executors={"default": threads})
    now = datetime.now(UTC)
    for watched in daemon.watched:
        every = watched.config.poll_every.total_seconds()
        name = loop_name(watched.source.name)
        daemon.shared.health.watch(name, tolerance=3 * watched.config.poll_every + _LISTING_TOLERANCE)
        scheduler.add_job(daemon.polling.poll, "interval", [watched], seconds=every, next_run_time=now, id=name)
        if watched.prover is not None:
            name = proof_loop(watched.source.name)
            daemon.shared.health.watch(name, tolerance=3 * PROVE_EVERY + _LISTING_TOLERANCE)
            prove_s = PROVE_EVERY.total_seconds()
            scheduler.add_job(
                daemon.proving.prove, "interval", [watched], seconds=prove_s, next_run_time=now + FIRST_AFTER, id=name
            )
    reload_every = daemon.config.rules.reload_every
    daemon.shared.health.watch(RELOAD, tolerance=3 * reload_every + _RELOAD_TOLERANCE)
    scheduler.add_job(daemon.rules.reload, "interval", seconds=reload_every.total_seconds(), id=RELOAD)
    _keep_leases(daemon, scheduler)
    scheduler.add_job(daemon.prune, "interval", seconds=_RETENTION_EVERY.total_seconds(), next_run_time=now, id="prune")
    around = daemon.surroundings.refresh
    scheduler.add_job(around, "interval", seconds=REFRESH_EVERY_S, next_run_time=now, id=SURROUNDINGS)
    if daemon.daily.is_wanted:
        first = now + daily.FIRST_AFTER
        scheduler.add_job(daemon.daily.look, daily.trigger(daemon.config), next_run_time=first, id=daily.LOOP)
    look_s = LOOK_EVERY.total_seconds()
    scheduler.add_job(daemon.doubts.look, "interval", seconds=look_s, next_run_time=now, id="doubts")
    daemon.shared.health.watch(ESCALATIONS, tolerance=ESCALATION_TOLERANCE)
    escalate_s = ESCALATE_EVERY.total_seconds()
    scheduler.add_job(daemon.waking.look, "interval", seconds=escalate_s, next_run_time=now, id=ESCALATIONS)
    return scheduler


def _keep_leases(daemon: Daemon, scheduler: BackgroundScheduler) -> None:
    """Where several daemons share the state: renew, and poll at once what another has left."""
    leases = daemon.shared.store.leases
    if not leases.is_shared:
        return

    def poll_now(source: str) -> None:
        scheduler.modify_job(loop_name(source), next_run_time=datetime.now(UTC))

    sources = [each.source.name for each in daemon.watched]
    keeper = Keeper(leases, sources=sources, is_left=daemon.polling.is_left, on_taken=poll_now)
    every_s = leases.renew_every.total_seconds()
    scheduler.add_job(keeper.keep, "interval", seconds=every_s, id="leases")


def _end(daemon: Daemon) -> None:
    """The work loop first, since it still fills the outbox; then the outboxes, all at once."""
    work, *outboxes = daemon.rhythms
    daemon.sockets.stop(within_s=0)
    for _, reading in daemon.readers:
        reading.stop()
    work.stop()
    _join([reading for reader, reading in daemon.readers if reader.has_messages], within_s=_FINISH_MESSAGES_S)
    if not work.join(timeout_s=_FINISH_WORK_S):
        log.warning("the object in work was not finished; it stays pending")
    for rhythm in outboxes:
        rhythm.stop(linger_s=_FLUSH_S)
    _join(outboxes, within_s=_FLUSH_S)
    daemon.outbox_closed.set()
    for name in _join(outboxes, within_s=_LAST_SEND_S):
        log.warning("a message was not answered in time; it stays due", loop=name)


def _join(rhythms: Sequence[Rhythm], *, within_s: float) -> list[str]:
    """Wait for all of them; gives the names of those that still turn."""
    end_s = monotonic() + within_s
    return [each.name for each in rhythms if not each.join(timeout_s=max(end_s - monotonic(), 0.0))]
