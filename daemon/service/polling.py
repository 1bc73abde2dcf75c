"""Polls a source: lists what is new into the ledger, moves the metrics, says what a person must know."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from daemon.errors import StoreError
from daemon.model import Notice
from daemon.ops.health import Step
from daemon.service.keeping import listing_of
from daemon.service.notices import crashed
from daemon.service.shared import Shared, Watched
from daemon.service.silence import Listener
from daemon.sources.outcome import PollOutcome

log = structlog.get_logger("trailwarden")


def loop_name(source: str) -> str:
    """What the watchdog calls the polling of a source."""
    return f"poll {source}"


class Polling:
    """One call of `poll` is one look at one source. `on_found` is called when there is work."""

    def __init__(self, *, shared: Shared, listener: Listener, on_found: Callable[[], None]) -> None:
        self._shared = shared
        self._listener = listener
        self._on_found = on_found
        self._left: set[str] = set()  # to another daemon

    def poll(self, watched: Watched) -> PollOutcome | None:
        """Look once. None when another daemon does, or something broke that is no refusal of the source.

        What broke is logged and counted.
        """
        source, metrics = watched.source.name, self._shared.metrics
        self._shared.health.reached(Step.POLL)
        self._shared.health.beat(loop_name(source))
        started = time.monotonic()
        try:
            if not self._is_ours(source):
                log.debug("not polled: another daemon lists it", source=source)
                return None
            outcome = watched.poller.poll()
        except Exception as fault:  # the top of the poll: the next one must come
            self._tell_broken(source, fault)
            return None
        finally:
            metrics.poll_seconds.labels(source).observe(time.monotonic() - started)
        self._count(outcome)
        self._tell(outcome)
        if outcome.new_objects:
            self._on_found()
        self._listen(watched, outcome)
        return outcome

    def is_left(self, source: str) -> bool:
        """Whether the last poll was left to another daemon, which lists this source."""
        return source in self._left

    def _is_ours(self, source: str) -> bool:
        """Whether no other daemon lists it. Of what another lists this one's metrics say nothing."""
        if not self._shared.store.leases.hold(listing_of(source)):
            if source not in self._left:
                self._left.add(source)
                self._shared.metrics.poll_success.remove(source)
            return False
        if source in self._left:
            self._left.discard(source)
            self._shared.metrics.poll_success.labels(source).set(0)
        return True

    def _listen(self, watched: Watched, outcome: PollOutcome) -> None:
        try:
            self._listener.listen(watched, outcome)
        except Exception as fault:  # what was found must be evaluated, whatever listening for silence comes to
            self._tell_broken(watched.source.name, fault)

    def _tell_broken(self, source: str, fault: Exception) -> None:
        is_state = isinstance(fault, StoreError)
        self._shared.metrics.poll_errors.labels(source, "state" if is_state else "crashed").inc()
        if is_state:  # its own words say all, and its causes would show what was being stored
            log.error("poll held up by the state store", source=source, error=str(fault))
            return
        log.error("poll broke", source=source, exc_info=fault)
        self._shared.notices.tell(crashed(f"Polling {source}", fault))

    def _count(self, outcome: PollOutcome) -> None:
        metrics, source = self._shared.metrics, outcome.source
        for reason, count in outcome.skipped.items():
            metrics.skipped_keys.labels(source, reason).inc(count)
        for reason, fault in outcome.faults.items():
            metrics.poll_errors.labels(source, reason.value).inc(fault.count)
        if outcome.is_complete and outcome.shards:  # an unmounted or emptied place is no success
            metrics.poll_success.labels(source).set(self._shared.clock().timestamp())
        log.info(
            "polled",
            source=source,
            shards=outcome.shards,
            listed=outcome.listed,
            paused=outcome.paused,
            new=outcome.new_objects,
            is_complete=outcome.is_complete,
        )

    def _tell(self, outcome: PollOutcome) -> None:
        notices = self._shared.notices
        for reason, fault in outcome.faults.items():
            title = f"{outcome.source} cannot be listed"
            about = f"listing {outcome.source}"
            notices.tell(Notice(reason=reason.value, title=title, text=fault.message, about=about))
        if not outcome.faults and not outcome.shards:
            text = f"{outcome.source} holds no trail that is watched. `trailwarden check` suggests what may be meant."
            notices.tell(Notice(reason="no_shards", title="No trail was found", text=text, about=outcome.source))
