"""A delivery as plain text, for mail and for whatever else shows text as it is.

Nothing that an event holds can begin a line, a link or a mention in it; in a subject there is no word of an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from daemon.model import NOTICE_PREFIX, Alert, DeliveryKind
from daemon.model.daily import digest_in
from daemon.notify.attack import techniques
from daemon.notify.correlated import revision_text
from daemon.notify.daily import digest_lines
from daemon.notify.facts import duration_text, facts_of, late_prefix, when_text
from daemon.notify.flood import flood_lines
from daemon.notify.growth import reasons, since_text
from daemon.notify.notice import notice_text
from daemon.notify.opening import shown_lines
from daemon.notify.remarks import remarks_of
from daemon.notify.sentence import summary_of
from daemon.ports import Parcel
from daemon.trail.links import event_link
from daemon.trail.printable import clip, printable

_VALUE = 300
_FIELDS = 12
_FLOOD_ROWS = 20
_WEB = re.compile(r"(?i)\bwww\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """`bare` says only that there is something to be read, without a word of any event."""

    subject: str
    body: str
    bare: str


def plain_text(parcel: Parcel) -> PlainText | None:
    """What a delivery says; None for one that says nothing in plain text (details, which the body holds already)."""
    text, told = _plain_text(parcel), "".join(f"{each}\n" for each in remarks_of(parcel.delivery))
    return replace(text, body=told + text.body, bare=told + text.bare) if text and told else text


def _plain_text(parcel: Parcel) -> PlainText | None:
    if not parcel.alerts:
        return None
    alert = parcel.alerts[0]
    kind = parcel.delivery.kind
    if kind is DeliveryKind.SUMMARY:
        heading, *lines = flood_lines(parcel.alerts, rows=_FLOOD_ROWS, gathers=parcel.delivery.gathers)
        return _text(heading, [heading, *(defused(line, limit=_VALUE) for line in lines)], "trailwarden alerts list")
    if kind is DeliveryKind.OPEN and alert.is_notice:
        subject = f"Trailwarden: {alert.rule_id.removeprefix(NOTICE_PREFIX).replace('_', ' ')}"
        digest = digest_in(alert)
        told = [notice_text(alert)] if digest is None else list(digest_lines(digest))
        lines = [defused(alert.title, limit=_VALUE), *(defused(line, limit=2_500) for line in told)]
        return _text(subject, lines, _show(alert))
    if kind is DeliveryKind.OPEN:
        subject = f"{late_prefix(alert)}[{alert.level.upper()}] {printable(alert.title, limit=150)}"
        return _text(subject, list(_alert_lines(alert)), _show(alert))
    if kind is DeliveryKind.BROADCAST:
        subject = f"[{alert.level.upper()}] again: {printable(alert.title, limit=150)}"
        why = [defused(f"{line[:1].upper()}{line[1:]}", limit=_VALUE) for line in reasons(alert, parcel.delivery.since)]
        return _text(subject, [*why, "", *_alert_lines(alert)], _show(alert))
    if kind is DeliveryKind.REPLY and alert.revised is not None:
        subject = f"[REVISED] {printable(alert.title, limit=150)}"
        return _text(subject, [defused(revision_text(alert), limit=500)], _show(alert))
    return None


def defused(value: str, *, limit: int) -> str:
    """A value on one line, with every web address broken (`https[:]//`, `www[.]`), since many programs link them."""
    return clip(_WEB.sub("www[.]", printable(value, limit=limit).replace("://", "[:]//")), limit=limit)


def _defused_url(url: str) -> str:
    """Where a log file lies: its own scheme makes no link, and what follows is somebody's to choose."""
    scheme, colon, rest = url.partition("://")
    is_ours = colon and scheme in ("s3", "sqs")
    return f"{scheme}://{defused(rest, limit=1_200)}" if is_ours else defused(url, limit=1_200)


def _text(subject: str, lines: list[str], command: str) -> PlainText:
    more = f"More of it: {command}"
    return PlainText(
        subject=subject,
        body="\n".join([*lines, more]) + "\n",
        bare=f"{subject}\nNo fuller message was taken here. To read it: {command}\n",
    )


def _show(alert: Alert) -> str:
    return f"trailwarden alerts show {printable(alert.id, limit=100)}"


def _alert_lines(alert: Alert) -> Iterator[str]:
    late = f" (late: {duration_text(alert.opened_at - alert.first_at)} old)" if alert.is_late else ""
    yield f"{alert.level.upper()}: {printable(alert.title, limit=150)}{late}"
    yield defused(summary_of(alert), limit=500)
    if since := since_text(alert):
        yield defused(since[0].upper() + since[1:], limit=200)
    yield ""
    for fact in facts_of(alert):
        yield f"{fact.label}: {' · '.join(defused(value, limit=_VALUE) for value in fact.values)}"
    yield f"When: {when_text(alert)}"
    if alert.count > 1:
        yield f"How often: {alert.count} events"
    for line in shown_lines(alert, rows=_FIELDS):
        yield f"  {defused(line, limit=_VALUE)}"
    yield ""
    yield from _references(alert)


def _references(alert: Alert) -> Iterator[str]:
    if alert.facts.description:
        yield f"About: {printable(alert.facts.description, limit=600)}"
    found = techniques(alert.facts.tags)
    if found:
        yield f"ATT&CK: {', '.join(technique.id for technique in found)}"
    if alert.facts.runbook:
        yield f"Runbook: {printable(alert.facts.runbook, limit=500)}"
    yield f"Rule: {printable(alert.rule_id, limit=200)}"
    if alert.samples:
        sample = alert.samples[0]
        link = event_link(event_id=sample.event_id, region=sample.region)
        yield f"Event: {defused(sample.event_id, limit=200)}"
        yield f"Log file: {_defused_url(sample.object_url)}"
        if link:
            yield f"In the console: {link}"
    yield f"Alert: {printable(alert.id, limit=100)}"
