"""What surrounds the lanes: metrics and the watchdog as they tell of each try, and an outbox that can be closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from daemon.model import Dead, Delivery, DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify import by_apprise, pagerduty, slack_webhook, sns_faults, statuses, webhook
from daemon.notify.answers import GONE, PAUSES, UNREACHABLE, RetryReason
from daemon.notify.lane import Attempt, LaneHooks
from daemon.notify.post import BAD_ADDRESS
from daemon.ops.health import Health
from daemon.ops.metrics import Metrics
from daemon.ports import Outbox, Parcel
from daemon.service.notices import Notices

# Why a destination of each type may pause, as far as it is known before it happens.
_PAUSES_OF: Mapping[str, tuple[str, ...]] = {
    "slack": tuple(PAUSES),
    "slack_webhook": (*statuses.PAUSE_REASONS, *slack_webhook.PAUSES, BAD_ADDRESS),
    "webhook": (*statuses.PAUSE_REASONS, BAD_ADDRESS, webhook.BAD_HEADER),
    "sns": tuple(sns_faults.HINTS),
    "pagerduty": (*statuses.PAUSE_REASONS, BAD_ADDRESS, pagerduty.BAD_KEY),
    "apprise": (BAD_ADDRESS, by_apprise.NO_LIBRARY),
}


def retry_reasons(kind: str) -> tuple[str, ...]:
    """Why a send to a destination of this type may have to be tried again: their counters start at 0."""
    return tuple(dict.fromkeys([*map(str, RetryReason), UNREACHABLE, *_PAUSES_OF.get(kind, ())]))


def loop_name(destination: str) -> str:
    """What the watchdog calls the sending to a destination."""
    return f"outbox {destination}"


class ClosableOutbox:
    """Hands nothing out once it is closed: a process that ends between a send and its settling would send twice.

    `beside` puts what is known from elsewhere beside what is handed out.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        is_closed: Callable[[], bool],
        beside: Callable[[Parcel], Parcel] = lambda parcel: parcel,
    ) -> None:
        self._outbox = outbox
        self._is_closed = is_closed
        self._beside = beside

    def due(
        self,
        destination: str,
        *,
        now: datetime,
        limit: int,
        drain: bool = False,
        tried: Collection[int] | None = None,
        without: Collection[DeliveryKind] = (),
    ) -> list[Parcel]:
        """As ports.Outbox."""
        if self._is_closed():
            return []
        due = self._outbox.due(destination, now=now, limit=limit, drain=drain, tried=tried, without=without)
        return [self._beside(parcel) for parcel in due]

    def settle(self, delivery: Delivery, outcome: SendOutcome, *, now: datetime, due_at: datetime | None) -> None:
        """As ports.Outbox."""
        self._outbox.settle(delivery, outcome, now=now, due_at=due_at)

    def next_due_at(self, destination: str) -> datetime | None:
        """As ports.Outbox."""
        return self._outbox.next_due_at(destination)


def lane_hooks(
    metrics: Metrics,
    notices: Notices,
    health: Health,
    *,
    on_standstill: Callable[[str, datetime], int] = lambda destination, until: 0,
) -> LaneHooks:
    """What every destination's lane calls. `on_standstill` is as LaneHooks has it."""

    def on_attempt(attempt: Attempt) -> None:
        health.beat(loop_name(attempt.destination))  # fifty slow sends make one turn
        metrics.send_seconds.labels(attempt.destination).observe(attempt.seconds)
        match attempt.outcome:
            case Sent():
                metrics.deliveries.labels(attempt.destination, "sent").inc()
                for latency in attempt.latencies:
                    metrics.alert_latency.labels(attempt.destination).observe(max(latency.total_seconds(), 0.0))
            case Dead(reason=reason) if reason in GONE:
                metrics.deliveries.labels(attempt.destination, "gone").inc()
            case Dead():
                metrics.deliveries.labels(attempt.destination, "dead").inc()
            case Retry(reason=reason) | Pause(reason=reason):
                metrics.delivery_retries.labels(attempt.destination, reason).inc()

    def on_pause(destination: str, is_paused: bool) -> None:  # noqa: FBT001 — the lane's signature
        metrics.destination_paused.labels(destination).set(is_paused)

    return LaneHooks(on_attempt=on_attempt, on_notice=notices.tell, on_pause=on_pause, on_standstill=on_standstill)
