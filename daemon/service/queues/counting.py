"""Moves the metrics of one queue, and tells what a person must hear of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import structlog

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Notice
from daemon.service.queues.sorting import PART_REASONS, Sorted
from daemon.service.queues.telling import notices_of
from daemon.service.shared import Shared
from daemon.sources.queue import Deleted

log = structlog.get_logger("trailwarden")


class Counting:
    """Used by the thread of one queue."""

    def __init__(self, queue: str, *, shared: Shared) -> None:
        self._queue = queue
        self._shared = shared
        self._metrics = shared.metrics.queues
        errors = (*EnvironmentReason, "state", "crashed")
        self._metrics.begin(queue, part_reasons=PART_REASONS, error_reasons=errors)

    def received(self) -> None:
        """The queue answered."""
        self._metrics.received.labels(self._queue).set(self._shared.clock().timestamp())

    def refused(self, fault: SourceUnavailable, *, until: datetime) -> None:
        """It did not; it is left alone until then."""
        queue, reason = self._queue, fault.reason.value
        self._metrics.errors.labels(queue, reason).inc()
        log.warning("queue refused", queue=queue, reason=reason, error=str(fault), until=until.isoformat())
        title = f"Queue {queue} cannot be read"
        text = f"{fault}. Its sources are polled all the same, every `poll_every`."
        notice = Notice(reason=fault.reason.value, title=title, text=text, about=f"queue {queue}")
        self._shared.notices.tell(notice)

    def not_kept(self, fault: SourceUnavailable) -> None:
        """Messages in hand could not be kept from others, who do them once more and find nothing new. Any thread."""
        self._metrics.errors.labels(self._queue, fault.reason.value).inc()
        log.warning("messages not kept from others", queue=self._queue, error=str(fault))

    def deleted(self, deleted: Deleted) -> None:
        """What was not deleted comes again, and is known then."""
        self._metrics.undeleted.labels(self._queue, "stale").inc(deleted.stale)
        self._metrics.undeleted.labels(self._queue, "failed").inc(deleted.failed)

    def worked_off(self, items: Sequence[Sorted], *, new: int, events: int) -> None:
        """A batch is recorded, and deleted as far as it is to be."""
        queue, metrics, now = self._queue, self._metrics, self._shared.clock()
        known = sum(len(item.arrivals) for item in items) - new
        metrics.objects.labels(queue, "new").inc(new)
        metrics.objects.labels(queue, "known").inc(known)
        metrics.events.labels(queue).inc(events)
        for item in items:
            metrics.messages.labels(queue, item.outcome).inc()
            for reason, count in item.passed.items():
                metrics.parts.labels(queue, reason).inc(count)
            if item.message.sent_at is not None and not item.is_left:
                metrics.lag.labels(queue).observe(max((now - item.message.sent_at).total_seconds(), 0.0))
        log.info("messages worked off", queue=queue, messages=len(items), new=new, known=known, events=events)
        self._tell(items)

    def _tell(self, items: Sequence[Sorted]) -> None:
        passed: Counter[str] = Counter()
        remarks: dict[str, str] = {}
        for item in items:
            passed += item.passed
            remarks = item.remarks | remarks
        for notice in notices_of(passed, remarks, queue=self._queue):
            self._shared.notices.tell(notice)
