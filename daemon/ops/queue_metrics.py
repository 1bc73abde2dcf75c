"""The metrics of queues, beside those of metrics.py; the label is a queue's name, never its address or account."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

OUTCOMES = ("taken", "passed_over", "refused", "put_off")
_LAGS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400)


class QueueMetrics:
    """Registered with the others; moved by the readers of queues."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"trailwarden_queue_{name}", text, ("queue", *labels), registry=registry)

        self.messages = counter("messages", "Messages by what became of them.", "outcome")
        self.parts = counter("parts_passed_over", "Keys, events and messages not taken, by reason.", "reason")
        self.objects = counter("objects", "Log files that messages told of, new to the ledger or not.", "outcome")
        self.events = counter("events", "Events that were messages themselves, evaluated.")
        self.errors = counter("errors", "Faults of asking the queue, and of our own.", "reason")
        self.undeleted = counter("undeleted", "Messages worked on that could not be deleted, by reason.", "reason")
        text = "From a message's sending to its being recorded."
        self.lag = Histogram("trailwarden_queue_lag_seconds", text, ("queue",), registry=registry, buckets=_LAGS)
        text = "When the queue was last asked without fault."
        self.received = Gauge("trailwarden_queue_last_receive_timestamp_seconds", text, ("queue",), registry=registry)

    def begin(self, queue: str, *, part_reasons: Iterable[str], error_reasons: Iterable[str]) -> None:
        """Start a queue's counters at 0, so that the first failure is seen as an increase."""
        for outcome in OUTCOMES:
            self.messages.labels(queue, outcome)
        for outcome in ("new", "known"):
            self.objects.labels(queue, outcome)
        for reason in part_reasons:
            self.parts.labels(queue, reason)
        for reason in error_reasons:
            self.errors.labels(queue, reason)
        for reason in ("stale", "failed"):
            self.undeleted.labels(queue, reason)
        self.events.labels(queue)
        self.received.labels(queue)
