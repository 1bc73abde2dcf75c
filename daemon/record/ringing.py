"""When an alert that goes on is told again at a destination, and in which way. Pure.

An update of the message tells nobody, a reply tells those who follow the thread, a broadcast rings. Each is held back
for a while after the one before, so that it gathers what comes meanwhile; why these whiles, is decision 0150.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.model import Alert, DeliveryKind, TraitKind

UPDATE_EVERY = timedelta(seconds=30)
REPLY_FIRST = timedelta(seconds=30)  # after the message; the wait doubles with each reply
REPLY_LONGEST = timedelta(hours=1)
MOST_REPLIES = 20  # of news, an alert
BROADCAST_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What was told last: the alert's version, and when."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """How far a destination has been told of an alert. `opened` is the message that began it.

    `replies` counts the replies there were. `has_message`: the message is the alert's own, and no summary of many.
    """

    opened: Mark
    updated: Mark | None = None
    replied: Mark | None = None
    broadcast: Mark | None = None
    replies: int = 0
    has_message: bool = True

    @property
    def shown(self) -> Mark:
        """What the message says."""
        return self.updated or self.opened

    @property
    def read(self) -> Mark:
        """What the thread says."""
        return max((mark for mark in (self.opened, self.replied, self.broadcast) if mark), key=_version)

    @property
    def rung(self) -> Mark:
        """What the channel was told aloud."""
        return self.broadcast or self.opened


def owed(alert: Alert, thread: Thread, *, now: datetime, repeat: timedelta | None) -> Mapping[DeliveryKind, datetime]:
    """What is owed of an alert as it is now, and from when on. A reply is not, where a broadcast says it as soon."""
    due = {kind: at for kind, ask in _ASKED.items() if (at := ask(alert, thread, now)) is not None}
    if repeat is not None and DeliveryKind.BROADCAST not in due and is_repeat_due(alert, thread, now, repeat=repeat):
        due[DeliveryKind.BROADCAST] = now
    if due.get(DeliveryKind.BROADCAST) == now:
        due.pop(DeliveryKind.REPLY, None)
    return due


def is_repeat_due(alert: Alert, thread: Thread, now: datetime, *, repeat: timedelta) -> bool:
    """Whether an alert that has gone on was not rung for so long."""
    has_waited = now - thread.rung.at >= repeat or now < thread.rung.at  # the latter by a clock that was ahead
    return alert.version > thread.rung.version and has_waited


def _update_at(alert: Alert, thread: Thread, now: datetime) -> datetime | None:
    if not thread.has_message or alert.version <= thread.shown.version:
        return None
    return _after(thread.shown.at, UPDATE_EVERY, now)


def _reply_at(alert: Alert, thread: Thread, now: datetime) -> datetime | None:
    if not thread.has_message or thread.replies >= MOST_REPLIES or not alert.news(since=thread.read.version):
        return None
    return _after(thread.read.at, min(REPLY_FIRST * 2**thread.replies, REPLY_LONGEST), now)


def _broadcast_at(alert: Alert, thread: Thread, now: datetime) -> datetime | None:
    ringing = {trait.kind for trait in alert.news(since=thread.rung.version) if trait.kind.rings}
    if not ringing:
        return None
    if TraitKind.LEVEL in ringing or thread.broadcast is None:
        return now
    return _after(thread.broadcast.at, BROADCAST_EVERY, now)


def _after(at: datetime, wait: timedelta, now: datetime) -> datetime:
    """Never past so long from now: what was told by a clock that was ahead must not keep the rest from being told."""
    return max(now, min(at, now) + wait)


def _version(mark: Mark) -> int:
    return mark.version


_ASKED: Mapping[DeliveryKind, Callable[[Alert, Thread, datetime], datetime | None]] = {
    DeliveryKind.UPDATE: _update_at,
    DeliveryKind.REPLY: _reply_at,
    DeliveryKind.BROADCAST: _broadcast_at,
}
