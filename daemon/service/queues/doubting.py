"""Doubts what came by a queue and was never confirmed: looked for now and then, told once, by one daemon of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from daemon.errors import StoreError
from daemon.service.keeping import UPKEEP
from daemon.service.queues.build import names_of
from daemon.service.queues.telling import unconfirmed
from daemon.service.shared import Shared, Watched

log = structlog.get_logger("trailwarden")

LOOK_EVERY = timedelta(minutes=15)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A queue that brings events themselves, and the sources whose log files confirm them, `after` so long at most."""

    queue: str
    sources: tuple[str, ...]
    after: timedelta


def takers_of(watched: Iterable[Watched]) -> tuple[Taker, ...]:
    """The queues that may bring events, by the names that their readers have."""
    asked = [each for each in watched if each.config.queue_url]
    names = names_of(list(dict.fromkeys(str(each.config.queue_url) for each in asked)))
    found = []
    for url, name in names.items():
        taking = [each for each in asked if each.config.queue_url == url and each.config.inline_events]
        if taking:
            after = max(each.config.confirm_after for each in taking)
            found.append(Taker(queue=name, sources=tuple(each.source.name for each in taking), after=after))
    return tuple(found)


def doubtful_spans(takers: Iterable[Taker], *, now: datetime) -> dict[str, tuple[datetime, datetime]]:
    """When events were received that are overdue since a day or less: what a gauge shows goes out by itself."""
    return {taker.queue: (now - taker.after - _DAY, now - taker.after) for taker in takers}


class Doubts:
    """One call of `look` is one look at every queue."""

    def __init__(self, shared: Shared, takers: Sequence[Taker]) -> None:
        self._shared = shared
        self._takers = takers

    def look(self) -> None:
        """Tell what is overdue, unless another daemon sees to that. A store that is away is asked again next time."""
        if not self._takers:
            return
        try:
            if self._shared.store.leases.hold(UPKEEP):
                for taker in self._takers:
                    self._look_at(taker)
        except StoreError as fault:
            log.error("not looked for unconfirmed events", error=str(fault))

    def _look_at(self, taker: Taker) -> None:
        hearsay, now = self._shared.store.hearsay, self._shared.clock()
        until = self._overdue_until(taker, now=now)
        overdue = hearsay.overdue(taker.queue, until=until)
        if overdue is None:
            return
        last = hearsay.told_at(taker.queue)
        if last is not None and timedelta(0) <= now - last < _DAY:  # a trail that lacks a region would fill the channel
            return
        # Noted only once it was taken: what was one notice too many is told with the next look.
        if self._shared.notices.tell(unconfirmed(overdue, queue=taker.queue, after=taker.after)):
            hearsay.note_told(taker.queue, until=until, now=now)

    def _overdue_until(self, taker: Taker, *, now: datetime) -> datetime:
        """Up to when what was received is overdue: the trail was read since, or could not be for a day more.

        Else everything would look forged after a daemon was off, or has fallen behind.
        """
        read = self._shared.store.hearsay.read_until(taker.sources)
        late = now - _DAY if read is None else max(read, now - _DAY)
        return min(late, now) - taker.after
