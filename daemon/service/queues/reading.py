"""Reads one queue: receives, records what messages tell, deletes them, and only then asks for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from daemon.errors import EnvironmentReason, SourceUnavailable, StoreError
from daemon.pipeline import Processed
from daemon.ports import Arrival
from daemon.service.queues.counting import Counting
from daemon.service.queues.inline import InlineEvents
from daemon.service.queues.keeping import LEAST, Keeping
from daemon.service.queues.patience import Patience
from daemon.service.queues.sorting import CRASHED, NO_RULES, Sorted, sort_message
from daemon.service.shared import Shared
from daemon.sources.arrivals import Place, Starts
from daemon.sources.queue import Deleted, Message, QueueFacts

log = structlog.get_logger("trailwarden")

_MOST_PENDING = 1_000  # log files that wait: what is more stays in the queue, where others can take it
_WAIT = timedelta(seconds=5)
_SOON = timedelta(seconds=1)
_QUICK = timedelta(milliseconds=500)


class Queue(Protocol):
    """A queue as `sources.queue.SqsQueue` gives it."""

    url: str

    def receive(self) -> list[Message]: ...
    def delete(self, messages: Sequence[Message]) -> Deleted: ...
    def extend(self, messages: Sequence[Message], *, by: timedelta) -> None: ...
    def facts(self) -> QueueFacts: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hand:
    """Messages that were received and are not yet dealt with."""

    items: list[Sorted]
    keeping: Keeping
    processed: list[Processed]


class QueueReader:
    """`turn` is one receive. Only one thread may call it. `on_found` is called when there is work, `on_opened` when an
    alert is owed."""

    def __init__(
        self,
        queue: Queue,
        *,
        name: str,
        places: Sequence[Place],
        shared: Shared,
        inline: InlineEvents,
        on_found: Callable[[], None],
        on_opened: Callable[[], None],
    ) -> None:
        self.name = name
        self._queue = queue
        self._places = tuple(places)
        self._shared = shared
        self._inline = inline
        self._on_found, self._on_opened = on_found, on_opened
        self._counting = Counting(name, shared=shared)
        self._starts: Starts = {}
        self._hand: _Hand | None = None
        self._visibility: timedelta | None = None
        self._patience = Patience()
        self._brought_keys = self._brought_any = False

    @property
    def has_messages(self) -> bool:
        """Whether some are in hand: worth waiting for at the end, while a long poll is not."""
        return self._hand is not None

    def turn(self) -> datetime | None:
        """Finish what is in hand, or receive. Gives the time of the next turn. Raises StoreError."""
        if self._shared.is_stopping():
            return None
        if self._hand is not None:  # the store was away
            self._finish(self._hand)
        now = self._shared.clock()
        if (until := self._patience.until(now)) is not None:
            return until
        if not self._is_open() or self._is_full():
            return now + _WAIT
        self._receive(now)
        if (until := self._patience.until(now)) is not None:
            return until
        is_quick = self._shared.clock() - now < _QUICK and not self._brought_any
        return now + _SOON if is_quick else self._shared.clock()  # a queue that does not wait must not spin us

    def _is_open(self) -> bool:
        """Whether the ledger knows where any of the sources begins: their first poll has them opened."""
        if len(self._starts) < len({place.source for place in self._places}):
            self._starts = self._shared.store.ledger.starts([place.source for place in self._places])
        return bool(self._starts)

    def _is_full(self) -> bool:
        """Whether more waits than can be worked on soon. It does not hold up a queue that brings only events."""
        if not self._brought_keys:
            return False
        sources = [place.source for place in self._places]
        return self._shared.store.ledger.is_pending_over(sources, _MOST_PENDING)

    def _receive(self, now: datetime) -> None:
        self._brought_any = False
        try:
            visibility = self._visibility = self._visibility or _visibility_of(self._queue)
            messages = self._queue.receive()
        except SourceUnavailable as fault:
            self._refused(fault, now=now)
            return
        self._patience.answered()
        self._counting.received()
        if not messages or self._shared.is_stopping():  # they are left to appear again
            return
        self._brought_any = True
        self._hand = self._take(messages, visibility=visibility)
        self._finish(self._hand)

    def _take(self, messages: Sequence[Message], *, visibility: timedelta) -> _Hand:
        def extend() -> None:
            try:
                self._queue.extend(messages, by=max(visibility, LEAST))
            except SourceUnavailable as fault:
                self._counting.not_kept(fault)

        keeping = Keeping(extend, visibility=visibility, is_stopping=self._shared.is_stopping)
        now = self._shared.clock()
        items = [self._sorted(each, now=now) for each in messages]
        processed = [each for item in items if (each := self._evaluate(item)) is not None]
        return _Hand(items=items, keeping=keeping, processed=processed)

    def _sorted(self, message: Message, *, now: datetime) -> Sorted:
        try:
            return sort_message(message, self._places, starts=self._starts, now=now)
        except Exception:  # one message must not hold up the others
            log.exception("a message broke the program", queue=self.name, message=message.id)
            broken = Sorted(message=message)
            broken.leave(CRASHED)
            return broken

    def _evaluate(self, item: Sorted) -> Processed | None:
        """What comes of an event that is a message itself; one that cannot be evaluated is left in the queue."""
        if item.event is None:
            return None
        try:
            processed = self._inline.evaluate(item.event)
        except Exception:  # one event must not hold up the others; the trail brings it too
            log.exception("an event from a queue broke the program", queue=self.name, event_id=item.event.event_id)
            item.leave(CRASHED)
            return None
        if processed is None:
            item.leave(NO_RULES)
        return processed

    def _finish(self, hand: _Hand) -> None:
        """Record, delete, count; in this order, so that a crash loses nothing and repeats what does no harm."""
        arrivals = [arrival for item in hand.items for arrival in item.arrivals]
        try:
            new = self._enter(hand.items, arrivals) if arrivals else 0
            recorded = self._inline.record(hand.processed)
        except StoreError:  # they stay in hand: letting them go again and again would make dead letters of them
            raise
        except Exception:  # something in them breaks the program: for the dead-letter policy
            self._let_go(hand)
            raise
        self._brought_keys = bool(arrivals)
        if new:
            self._on_found()
        if recorded is not None and recorded.opened:
            self._on_opened()
        try:
            self._delete([item.message for item in hand.items if not item.is_left])
        finally:
            self._let_go(hand)
        self._counting.worked_off(hand.items, new=new, events=len(hand.processed))

    def _enter(self, items: Sequence[Sorted], arrivals: Sequence[Arrival]) -> int:
        """Enter the files in the ledger; gives how many are new. Messages of which one has no room are left."""
        entered = self._shared.store.ledger.record_arrivals(arrivals, now=self._shared.clock())
        if entered.without_room:
            for item in items:
                item.put_off(entered.without_room)
        return entered.new

    def _let_go(self, hand: _Hand) -> None:
        hand.keeping.close()
        self._hand = None

    def _delete(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        try:
            self._counting.deleted(self._queue.delete(messages))
        except SourceUnavailable as fault:
            self._counting.deleted(Deleted(done=0, stale=0, failed=len(messages)))
            self._refused(fault, now=self._shared.clock())

    def _refused(self, fault: SourceUnavailable, *, now: datetime) -> None:
        self._counting.refused(fault, until=self._patience.refused(now=now, jitter=self._shared.jitter()))


def _visibility_of(queue: Queue) -> timedelta:
    try:
        return queue.facts().visibility
    except SourceUnavailable as fault:
        if fault.reason is not EnvironmentReason.ACCESS_DENIED:
            raise
        return LEAST  # SQS's own default; `check` names the permission
