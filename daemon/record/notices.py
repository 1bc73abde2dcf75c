"""Notices as alerts: the daemon speaks of itself at most once a reason and hour, and counts the rest. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from daemon.model import NOTICE_PREFIX, Alert, AlertState, Mode, Notice, RuleFacts, Sample
from daemon.record.columns import storable
from daemon.record.ids import MakeId

NOTICE_WINDOW = timedelta(hours=1)


def first_of(notice: Notice, *, make_id: MakeId, now: datetime) -> Alert:
    """The alert that tells this notice."""
    return Alert(
        id=make_id(now),
        rule_id=storable(NOTICE_PREFIX + notice.reason),
        group=(),
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
