"""Notices as alerts: the daemon speaks of one thing at most once an hour, and not of too many at once. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from daemon.model import NOTICE_PREFIX, Alert, AlertState, GroupKey, Mode, Notice, RuleFacts, Sample
from daemon.record.columns import storable
from daemon.record.ids import MakeId

NOTICE_WINDOW = timedelta(hours=1)
NEWS_LIMIT = 5  # notices of one reason in an hour, whatever they are about
_REPEAT_LIMIT = 3  # the rest of the room is for what was not told yet
_NEWS_AFTER = timedelta(days=1)


def group_of(notice: Notice) -> GroupKey:
    """What tells a notice from others of its reason."""
    return (("about", notice.about),) if notice.about else ()


def joins(last: Alert, *, now: datetime) -> bool:
    """Whether a notice is told by this one of its like already; a clock set back keeps nothing from anybody."""
    return timedelta(0) <= now - last.opened_at < NOTICE_WINDOW


def has_room(last: Alert | None, *, told: int, now: datetime) -> bool:
    """Whether one more may be told, after `told` others of its reason in this hour; `last` is the last of its like.

    Else the same few, told again as soon as their hour is over, would keep the others from being told at all.
    """
    is_repeat = last is not None and timedelta(0) <= now - last.opened_at < _NEWS_AFTER
    return told < (_REPEAT_LIMIT if is_repeat else NEWS_LIMIT)


def first_of(notice: Notice, *, make_id: MakeId, now: datetime) -> Alert:
    """The alert that tells this notice."""
    return Alert(
        id=make_id(now),
        rule_id=storable(NOTICE_PREFIX + notice.reason),
        group=tuple((name, storable(value)) for name, value in group_of(notice)),
        level=notice.level,
        title=storable(notice.title),
        mode=Mode.ALERT,
        state=AlertState.OPEN,
        first_at=now,
        last_at=now,
        opened_at=now,
        grown_at=now,
        count=1,
        is_late=False,
        samples=(_sample(notice, now=now),),
        facts=RuleFacts(description=notice.text),
        ruleset_digest="",
    )


def again(alert: Alert, notice: Notice, *, now: datetime) -> Alert:
    """The same alert once more: counted, with its first and its latest text."""
    return replace(
        alert, last_at=now, grown_at=now, count=alert.count + 1, samples=(alert.samples[0], _sample(notice, now=now))
    )


def _sample(notice: Notice, *, now: datetime) -> Sample:
    return Sample(
        event_id="",
        time=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        name=notice.reason,
        source="trailwarden",
        account="",
        region="",
        actor="",
        object_url="",
        summary=notice.text,
    )
