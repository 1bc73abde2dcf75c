"""Writes what rows on correlations and filters are made of: documents around a section, and streams of events.

Three rules are always there: `one`, `two` and `three` match events of the names A, B and C.
"""

from __future__ import annotations

import json
import textwrap
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from tests.conformance.cases import Firing, TimedEvent

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
WHO = "userIdentity.userName"
SIZE = "additionalEventData.size"
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def id_of(name: str) -> str:
    """The id of whatever is called so."""
    return str(uuid5(NAMESPACE_DNS, name))


def rule(name: str, item: str, *, more: str = "") -> str:
    """A rule's document, with one item to match."""
    detection = f"detection: {{selection: {{{item}}}, condition: selection}}"
    return f"{_head(name)}logsource: {{product: aws, service: cloudtrail}}\n{detection}\n{more}"


def correlation(section: str, *, name: str = "many", more: str = "") -> str:
    """A correlation's document; `more` stands beside its section."""
    return f"{_head(name)}correlation:\n{_indented(section)}\n{textwrap.dedent(more).strip()}\n"


def exception(section: str, *, name: str = "exception", more: str = "", logs: str = "{product: aws}") -> str:
    """A filter's document; `more` stands beside its section."""
    return f"{_head(name)}logsource: {logs}\nfilter:\n{_indented(section)}\n{textwrap.dedent(more).strip()}\n"


def documents(*texts: str) -> str:
    """A file that holds them all."""
    return "---\n".join(texts)


def moment(written: str) -> datetime:
    """So long after noon: minutes, or with a unit `90s`, `3h`, `365d`."""
    number, unit = (written[:-1], written[-1]) if written[-1] in _UNITS else (written, "m")
    return NOON + timedelta(seconds=int(number) * _UNITS[unit])


def stream(*written: str | tuple[str, dict[str, Any]]) -> tuple[TimedEvent, ...]:
    """Events e1, e2 … as `when name [who] [size as JSON] [@when it came]`; a dict has further fields of the record."""
    events = []
    for number, item in enumerate(written, start=1):
        text, more = (item, {}) if isinstance(item, str) else item
        words, _, arrives = text.partition(" @")
        when, name, *others = words.split(maxsplit=3)
        record: dict[str, Any] = {"eventID": f"e{number}", "eventTime": f"{moment(when):%Y-%m-%dT%H:%M:%SZ}"}
        record["eventName"] = name
        if others and others[0] != "-":
            record["userIdentity"] = {"userName": others[0]}
        if len(others) > 1:
            record["additionalEventData"] = {"size": json.loads(others[1])}
        events.append(TimedEvent(record={**record, **more}, arrives=arrives))
    return tuple(events)


def fires(events: str, *, by: str = "alice", of: str = "many", **group: str) -> Firing:
    """A firing for one who acts (for everybody: ""), or for another group."""
    return Firing(group=group or ({WHO: by} if by else {}), events=tuple(events.split()), rule=of)


def _head(name: str) -> str:
    return f"title: {name}\nid: {id_of(name)}\nname: {name}\n"


def _indented(section: str) -> str:
    return textwrap.indent(textwrap.dedent(section).strip("\n"), "  ")


ONE, TWO, THREE = (rule(name, f"eventName: {letter}") for name, letter in (("one", "A"), ("two", "B"), ("three", "C")))
BASES = documents(ONE, TWO, THREE)
