"""What names an event and its group: a record in, short harmless texts out, whatever stands in the record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from daemon.detect.fields import resolve, scalars, text_of
from daemon.model import Event, GroupKey, LogObject
from daemon.trail.identity import resolve_actor

_VALUE_CHARS = 1_000


def event_of(record: Mapping[str, Any], raw: bytes, obj: LogObject) -> Event:
    """The event of a record; what it lacks of account and region is its file's."""
    time_text = text(record.get("eventTime"))
    return Event(
        id=text(record.get("eventID")) or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        time=time_text,
        at=parse_time(time_text),
        source=text(record.get("eventSource")),
        name=text(record.get("eventName")),
        account=text(record.get("recipientAccountId")) or obj.account,
        region=text(record.get("awsRegion")) or obj.region,
        actor=resolve_actor(record),
        object=obj,
    )


class Groups(dict[tuple[str, ...], GroupKey]):
    """The groups of one record by `group_by`: worked out once, and shared by all rules that group alike."""

    def __init__(self, record: Mapping[str, Any], obj: LogObject) -> None:
        super().__init__()
        self._record = record
        self._account = obj.account  # of a record that names none

    def __missing__(self, group_by: tuple[str, ...]) -> GroupKey:
        group = self[group_by] = tuple((path, self._value(path)) for path in group_by)
        return group

    def _value(self, path: str) -> str:
        values = scalars(resolve(self._record, path))
        found = {_harmless(text_of(value)) for value in values if isinstance(value, str | int | float)}
        if found:
            return _bounded(", ".join(sorted(found)))
        return self._account if path == "recipientAccountId" else ""


def parse_time(text: str | None) -> datetime | None:
    """CloudTrail's `2026-03-02T08:00:00Z` as aware UTC; None where it is no such time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter: a zone that leads out of the calendar
        return None


def text(value: object) -> str:
    """A scalar's text, harmless in the store: no NUL, no lone surrogate, bounded."""
    if not isinstance(value, str | int | float):
        return ""
    return _harmless(text_of(value)[:_VALUE_CHARS])


def _bounded(value: str) -> str:
    """Its beginning, and where that is not all a hash of it: what differs only later stays different."""
    if len(value) <= _VALUE_CHARS:
        return value
    mark = f"…{hashlib.sha256(value.encode()).hexdigest()[:32]}"
    return value[: _VALUE_CHARS - len(mark)] + mark


def _harmless(shown: str) -> str:
    return shown.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
