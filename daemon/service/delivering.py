"""Moves the metrics of sending, as the lanes tell of each try."""

from __future__ import annotations

from daemon.model import Dead, Pause, Retry, Sent
from daemon.notify.lane import Attempt, LaneHooks
from daemon.ops.metrics import Metrics
from daemon.service.notices import Notices


def lane_hooks(metrics: Metrics, notices: Notices) -> LaneHooks:
    """What every destination's lane calls."""

    def on_attempt(attempt: Attempt) -> None:
        metrics.send_seconds.labels(attempt.destination).observe(attempt.seconds)
        match attempt.outcome:
            case Sent():
                metrics.deliveries.labels(attempt.destination, "sent").inc()
                for latency in attempt.latencies:
                    metrics.alert_latency.labels(attempt.destination).observe(max(latency.total_seconds(), 0.0))
            case Dead():
                metrics.deliveries.labels(attempt.destination, "dead").inc()
            case Retry(reason=reason) | Pause(reason=reason):
                metrics.delivery_retries.labels(attempt.destination, reason).inc()

    def on_pause(destination: str, is_paused: bool) -> None:  # noqa: FBT001 — the lane's signature
        metrics.destination_paused.labels(destination).set(is_paused)

    return LaneHooks(on_attempt=on_attempt, on_notice=notices.tell, on_pause=on_pause)
