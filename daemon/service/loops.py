"""The loops beside the polls: each with its watchdog, and its faults counted where a person would look for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from daemon.errors import StoreError
from daemon.notify.dispatch import Dispatcher
from daemon.service.delivering import loop_name as outbox_name
from daemon.service.notices import crashed
from daemon.service.queues.build import TOLERANCE as QUEUE_TOLERANCE
from daemon.service.queues.build import loop_name as queue_name
from daemon.service.queues.reading import QueueReader
from daemon.service.rhythm import Rhythm
from daemon.service.shared import Shared, Watched

_SEND_TOLERANCE = timedelta(minutes=5)


def outbox(name: str, *, dispatcher: Dispatcher, shared: Shared, watched: Sequence[Watched]) -> Rhythm:
    """The loop that sends to a destination."""
    lane = dispatcher.lane(name)

    def turn() -> datetime | None:
        return lane.run_once().next_at

    return rhythm(outbox_name(name), turn, shared=shared, watched=watched, tolerance=_SEND_TOLERANCE)


def rhythm(
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


def reading(reader: QueueReader, *, shared: Shared) -> Rhythm:
    """The loop of a queue, whose faults are counted under its own name."""

    def count(fault: Exception) -> None:
        reason = "state" if isinstance(fault, StoreError) else "crashed"
        shared.metrics.queues.errors.labels(reader.name, reason).inc()
        if reason == "crashed":
            shared.notices.tell(crashed(f"The loop `{queue_name(reader.name)}`", fault))

    name = queue_name(reader.name)
    return Rhythm(
        name, reader.turn, clock=shared.clock, health=shared.health, tolerance=QUEUE_TOLERANCE, on_fault=count
    )


def wake_all(rhythms: Sequence[Rhythm]) -> None:
    """There is work for each of them."""
    for rhythm in rhythms:
        rhythm.wake()
