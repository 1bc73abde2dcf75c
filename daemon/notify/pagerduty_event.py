"""A delivery as an event of PagerDuty's Events API v2. The dedup key is the alert's id, so that all events of one alert
belong to one incident. Fields are plain text without web addresses, and cut to what the API takes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from daemon.model import Alert, DeliveryKind, Level, RuleFacts
from daemon.model.daily import DAILY_RULE_ID
from daemon.notify.blocks import safe_url
from daemon.notify.correlated import revision_text
from daemon.notify.facts import facts_of, late_prefix, when_text
from daemon.notify.flood import flood_lines
from daemon.notify.growth import rings_text, since_text
from daemon.notify.keys import delivery_key
from daemon.notify.notice import notice_text
from daemon.notify.opening import shown_lines
from daemon.notify.plain import defused
from daemon.notify.remarks import remarks_of
from daemon.notify.sentence import summary_of
from daemon.ports import Parcel
from daemon.trail.links import event_link
from daemon.trail.printable import clip

SEVERITIES = {
    Level.CRITICAL: "critical",
    Level.HIGH: "error",
    Level.MEDIUM: "warning",
    Level.LOW: "info",
    Level.INFORMATIONAL: "info",
}
_SUMMARY, _VALUE, _FIELDS = 1_000, 500, 20
_FOLLOWING = {DeliveryKind.ACKNOWLEDGE: "acknowledge", DeliveryKind.RESOLVE: "resolve"}


def event_of(parcel: Parcel) -> dict[str, Any] | None:
    """The event, still without its routing key; None for a delivery that PagerDuty has no use for.

    Growth, and what takes an alert back, trigger again under the same key: they are added to the incident's log.
    """
    if not parcel.alerts:
        return None
    event, remarks = _event(parcel), remarks_of(parcel.delivery)
    if event is not None and remarks:
        event["payload"]["custom_details"]["remarks"] = list(remarks)
    return event


def _event(parcel: Parcel) -> dict[str, Any] | None:
    alert, kind = parcel.alerts[0], parcel.delivery.kind
    if kind in _FOLLOWING:
        return {"event_action": _FOLLOWING[kind], "dedup_key": alert.id}
    if kind is DeliveryKind.SUMMARY:
        heading, *lines = flood_lines(parcel.alerts, rows=_FIELDS, gathers=parcel.delivery.gathers)
        level = max((each.level for each in parcel.alerts), key=lambda each: each.rank)
        told = {"alerts": [defused(line, limit=_VALUE) for line in lines]}
        many = replace(alert, level=level, samples=(), facts=RuleFacts(), rule_id="flood")  # of none in particular
        return _trigger(many, heading, key=delivery_key(parcel.delivery), details=told)
    if kind is DeliveryKind.REPLY and alert.revised is not None:
        return _trigger(alert, revision_text(alert), details=_details(alert))
    if kind is DeliveryKind.BROADCAST:  # the same incident, with the severity that it has now
        return _trigger(alert, rings_text(alert, parcel.delivery), details=_details(alert))
    if kind in (DeliveryKind.OPEN, DeliveryKind.UPDATE) and alert.rule_id != DAILY_RULE_ID:  # that must wake nobody
        return _trigger(alert, _said(alert), details=_details(alert))
    return None


def bare_event_of(parcel: Parcel) -> dict[str, Any] | None:
    """The same without a word of any event, and without what the API might refuse."""
    event = event_of(parcel)
    if event is None or "payload" not in event:
        return event
    alert = parcel.alerts[0]
    is_one = parcel.delivery.kind is not DeliveryKind.SUMMARY
    command = f"trailwarden alerts show {alert.id}" if is_one else "trailwarden alerts list"
    said = f"{parcel.delivery.level.upper()}: no fuller message was taken here. To read it: {command}"
    body = {"summary": said, "source": "trailwarden", "severity": event["payload"]["severity"]}
    return {"event_action": "trigger", "dedup_key": event["dedup_key"], "payload": body}


def _said(alert: Alert) -> str:
    if alert.is_notice:
        return f"Trailwarden: {alert.title}"
    told, since = summary_of(alert), since_text(alert)
    said = f"{alert.title}: {told}" if told != alert.title else alert.title
    return late_prefix(alert) + said + (f" · {since}" if since else "")


def _trigger(alert: Alert, said: str, *, details: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    sample = alert.samples[0] if alert.samples and not alert.is_notice else None
    place = " ".join(filter(None, (sample.account, sample.region))) if sample else ""
    return {
        "event_action": "trigger",
        "dedup_key": key or alert.id,
        "client": "Trailwarden",
        "payload": {
            "summary": defused(said, limit=_SUMMARY),
            "source": defused(place, limit=_VALUE) or "trailwarden",
            "severity": SEVERITIES[alert.level],
            "timestamp": alert.first_at.isoformat(),
            "component": defused(sample.source, limit=_VALUE) if sample else "trailwarden",
            "class": defused(alert.rule_id, limit=_VALUE),
            "custom_details": details,
        },
        "links": _links(alert),
    }


def _details(alert: Alert) -> dict[str, Any]:
    if alert.is_notice:
        return {"text": defused(notice_text(alert), limit=2_500), "alert": alert.id}
    facts = {
        fact.label.lower(): clip(" · ".join(defused(value, limit=_VALUE) for value in fact.values), limit=1_000)
        for fact in facts_of(alert)
    }
    return {
        **facts,
        "when": when_text(alert),
        "count": alert.count,
        "matched": [defused(line, limit=_VALUE) for line in shown_lines(alert, rows=_FIELDS)],
        "description": defused(alert.facts.description, limit=1_000),
        "alert": alert.id,
    }


def _links(alert: Alert) -> list[dict[str, str]]:
    """Our own links only: none is made of what an event holds."""
    sample = alert.samples[0] if alert.samples and not alert.is_notice else None
    console = event_link(event_id=sample.event_id, region=sample.region) if sample else None
    found = ((console, "Open in CloudTrail"), (safe_url(alert.facts.runbook or ""), "Runbook"))
    return [{"href": href, "text": text} for href, text in found if href]
