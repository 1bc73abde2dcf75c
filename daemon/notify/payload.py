"""A delivery as JSON by the schema of docs/webhook.schema.json, of which this is version 1.

Texts are cleaned of control and bidirectional characters and cut; numbers that JSON has no word for become texts. What
is too long for a receiver is laid out again with fewer events.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from daemon.model import Alert, DeliveryKind, Gathering, Known, Level, Sample
from daemon.model.daily import DailyDigest, digest_in
from daemon.notify.attack import techniques
from daemon.notify.compose import Details
from daemon.notify.correlated import revision_text
from daemon.notify.facts import late_prefix
from daemon.notify.flood import flood_lines
from daemon.notify.growth import rings_text, since_text
from daemon.notify.keys import delivery_key
from daemon.notify.notice import notice_text
from daemon.notify.payload_known import about_event
from daemon.notify.remarks import remarks_of
from daemon.notify.sentence import summary_of
from daemon.notify.trial import TEST_RULE_ID
from daemon.ports import Parcel
from daemon.trail.printable import printable

SCHEMA, VERSION = "trailwarden.webhook", 1
MAX_BYTES = 200_000  # SNS refuses past 262,144, and many a receiver past a megabyte
_NAME, _TEXT = 300, 4_000
_FIELDS = 100
_FLOOD_ROWS = 100
_DEPTH = 40
_OWN = ("notice", "daily_digest")  # in which the daemon speaks of itself
_KINDS = {
    DeliveryKind.OPEN: "alert",
    DeliveryKind.SUMMARY: "summary",
    DeliveryKind.UPDATE: "update",
    DeliveryKind.BROADCAST: "update",
    DeliveryKind.ACKNOWLEDGE: "acknowledged",
    DeliveryKind.RESOLVE: "resolved",
}


def payload(parcel: Parcel, *, details: Details) -> dict[str, Any] | None:
    """The whole message; None for a delivery that a webhook is not told of."""
    kind = _kind(parcel)
    if kind is None:
        return None
    for events, fields, is_full in ((4, _FIELDS, details == "full"), (4, _FIELDS, False), (1, 20, False)):
        told = _told(parcel, kind, events=0 if details == "none" else events, fields=fields, is_full=is_full)
        if len(encoded(told)) <= MAX_BYTES:
            return told
    return bare_payload(parcel)


def bare_payload(parcel: Parcel) -> dict[str, Any]:
    """Only that there is an alert: without a word of any event, for receivers that refuse the rest."""
    kind, alert = _kind(parcel) or "alert", parcel.alerts[0]
    text = f"{alert.level.upper()}: {printable(alert.title, limit=_NAME)}" if kind not in _OWN else "Trailwarden"
    return {
        **_envelope(parcel, kind, text=text, is_bare=True),
        "alert": {"id": alert.id, "level": alert.level.value, "rule": {"id": printable(alert.rule_id, limit=_NAME)}},
    }


def encoded(told: Mapping[str, Any]) -> bytes:
    """As it is sent: ASCII alone, so that no receiver has to guess an encoding."""
    return json.dumps(told, separators=(",", ":"), allow_nan=False).encode("ascii")


def _kind(parcel: Parcel) -> str | None:
    """What a receiver calls it."""
    if not parcel.alerts:
        return None
    alert = parcel.alerts[0]
    if parcel.delivery.kind is DeliveryKind.REPLY:
        return "revision" if alert.revised is not None else None
    if parcel.delivery.kind is DeliveryKind.OPEN and alert.is_notice:
        return "notice" if digest_in(alert) is None else "daily_digest"
    if parcel.delivery.kind is DeliveryKind.OPEN and alert.rule_id == TEST_RULE_ID:
        return "test"
    return _KINDS.get(parcel.delivery.kind)


def _told(parcel: Parcel, kind: str, *, events: int, fields: int, is_full: bool) -> dict[str, Any]:
    alert = parcel.alerts[0]
    if kind == "summary":
        gathers = parcel.delivery.gathers or Gathering.FLOOD
        heading = flood_lines(parcel.alerts, rows=0, gathers=gathers)[0]
        return _envelope(parcel, kind, text=heading) | {"summary": _summary(parcel.alerts, gathers)}
    digest = digest_in(alert)
    if digest is not None:
        told = {"alert": _alert(alert) | {"events": []}, "daily_digest": _digest(digest)}
        return _envelope(parcel, kind, text=_one_line(alert, kind)) | told
    shown = [_event(sample, alert.known, fields=fields, is_full=is_full) for sample in alert.samples[:events]]
    line = _one_line(alert, kind)
    if parcel.delivery.kind is DeliveryKind.BROADCAST:
        line = printable(rings_text(alert, parcel.delivery), limit=_NAME * 2)
    return _envelope(parcel, kind, text=line) | {"alert": _alert(alert) | {"events": shown}}


def _envelope(parcel: Parcel, kind: str, *, text: str, is_bare: bool = False) -> dict[str, Any]:
    remarks = list(remarks_of(parcel.delivery))
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "kind": kind,
        "delivery": {"id": delivery_key(parcel.delivery), "destination": parcel.delivery.destination},
        "is_bare": is_bare,
        "text": text,
        **({"remarks": remarks} if remarks else {}),
    }


def _one_line(alert: Alert, kind: str) -> str:
    if kind in _OWN:
        return printable(f"Trailwarden: {alert.title}", limit=_NAME)
    if kind == "revision":
        return printable(f"{alert.level.upper()}: {revision_text(alert)}", limit=_NAME * 2)
    since = f" · {told}" if (told := since_text(alert)) else ""
    said = f"{late_prefix(alert)}{alert.level.upper()}: {summary_of(alert)}"
    return printable(said, limit=_NAME * 2 - len(since)) + since


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "level": alert.level.value,
        "title": printable(alert.title, limit=_NAME),
        "summary": printable(notice_text(alert) if alert.is_notice else summary_of(alert), limit=_TEXT),
        "is_late": alert.is_late,
        "count": alert.count,
        "first_at": alert.first_at.isoformat(),
        "last_at": alert.last_at.isoformat(),
        "opened_at": alert.opened_at.isoformat(),
        "revised": None if alert.revised is None else printable(alert.revised, limit=_TEXT),
        "group": _pairs(alert.group, "field", most=_FIELDS),
        "rule": _rule(alert),
    }


def _digest(digest: DailyDigest) -> dict[str, Any]:
    return {
        "day": digest.day.isoformat(),
        "since": digest.since.isoformat(),
        "until": digest.until.isoformat(),
        "headline": printable(digest.headline, limit=_TEXT),
        "parts": [
            {"heading": printable(part.heading, limit=_NAME), "lines": [_digest_line(each) for each in part.lines]}
            for part in digest.parts
        ],
    }


def _digest_line(line: str) -> str:
    return printable(line, limit=_NAME * 2)


def _rule(alert: Alert) -> dict[str, Any]:
    facts = alert.facts
    return {
        "id": printable(alert.rule_id, limit=_NAME),
        "description": printable(facts.description, limit=_TEXT),
        "correlation": printable(facts.correlation, limit=_TEXT),
        "tags": [printable(tag, limit=_NAME) for tag in facts.tags[:_FIELDS]],
        "techniques": [technique.id for technique in techniques(facts.tags)][:_FIELDS],
        "false_positives": [printable(text, limit=_TEXT) for text in facts.false_positives[:_FIELDS]],
        "runbook": None if facts.runbook is None else printable(facts.runbook, limit=_TEXT),
        "ruleset_digest": alert.ruleset_digest,
    }


def _event(sample: Sample, known: Known, *, fields: int, is_full: bool) -> dict[str, Any]:
    names = ("time", "name", "source", "account", "region", "actor")
    return {
        "id": printable(sample.event_id, limit=_NAME),
        **{name: printable(getattr(sample, name), limit=_NAME) for name in names},
        "summary": printable(sample.summary, limit=_TEXT),
        "object": printable(sample.object_url, limit=_TEXT),
        **about_event(sample, known),
        "fields": _pairs(sample.fields, "path", most=fields),
        **({"record": _clean(sample.record, depth=_DEPTH)} if is_full else {}),
    }


def _pairs(pairs: Sequence[tuple[str, str]], name: str, *, most: int) -> list[dict[str, str]]:
    return [{name: printable(key, limit=_NAME), "value": printable(value, limit=_TEXT)} for key, value in pairs[:most]]


def _summary(alerts: Sequence[Alert], gathers: Gathering) -> dict[str, Any]:
    ordered = sorted(alerts, key=lambda alert: (-alert.level.rank, alert.opened_at))
    counts = {level.value: sum(alert.level is level for alert in alerts) for level in reversed(Level)}
    return {
        "gathers": gathers.value,
        "count": len(alerts),
        "levels": {level: count for level, count in counts.items() if count},
        "alerts": [
            {
                "id": alert.id,
                "level": alert.level.value,
                "first_at": alert.first_at.isoformat(),
                "title": printable(alert.title, limit=_NAME),
                "summary": printable(summary_of(alert), limit=_NAME * 2),
                "rule": {"id": printable(alert.rule_id, limit=_NAME)},
            }
            for alert in ordered[:_FLOOD_ROWS]
        ],
        "left_out": max(len(ordered) - _FLOOD_ROWS, 0),
    }


def _clean(value: Any, *, depth: int) -> Any:
    """A masked record without what a receiver might obey or stumble over."""
    if isinstance(value, str):
        return printable(value, limit=_TEXT)
    if isinstance(value, Mapping | list | tuple) and not depth:
        return "…"
    if isinstance(value, Mapping):
        return {printable(str(key), limit=_NAME): _clean(inner, depth=depth - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner, depth=depth - 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, bool | int | float) or value is None else printable(str(value), limit=_TEXT)
