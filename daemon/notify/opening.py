"""An alert that opens, laid out for Slack: one sentence, then who, what, where, when, how, and where to look on.

Pure: from an Alert to a Message. It is laid out again with less room until it fits.
"""

from __future__ import annotations

from daemon.model import Alert, Previous
from daemon.notify.attack import techniques
from daemon.notify.blocks import (
    Block,
    Element,
    context,
    date,
    line_break,
    link,
    preformatted,
    rich_text,
    section,
    size,
    text,
)
from daemon.notify.correlated import event_lines
from daemon.notify.escape import escape
from daemon.notify.facts import Fact, delay_text, duration_text, facts_of, late_prefix, when_text
from daemon.notify.growth import again_elements, growth_elements, growth_lines, risen_text, since_text
from daemon.notify.message import (
    COLORS,
    PLAIN_LIMIT,
    TEXT_LIMIT,
    Message,
    Room,
    bare_text,
    fitted,
    level_elements,
    metadata_of,
)
from daemon.notify.sentence import SENTENCE_LIMIT, summary_of
from daemon.trail.links import event_link

_PUSHED = 240  # of a sentence in a notification: the rest is left for what escaping adds


def alert_message(alert: Alert, *, previous: Previous | None = None, permalink: str | None = None) -> Message:
    """Lay out an alert as it is: when it opens, and as often as it has grown. `permalink` leads to the `previous`."""
    summary, again = summary_of(alert), again_elements(previous, permalink)
    return Message(
        text=_pushed(alert),
        plain=_plain(alert, summary),
        bare=bare_text(f"{alert.level.upper()}: {alert.title}", command=f"trailwarden alerts show {alert.id}"),
        headline=_headline(alert, summary),
        body=fitted(lambda room: _body(alert, room, again), taken=size(_headline(alert, summary))),
        color=COLORS[alert.level],
        metadata=metadata_of(alert, kind="open"),
    )


def _pushed(alert: Alert) -> str:
    """The notification: what came of it since is cut last."""
    since = escape(f" · {told}", limit=TEXT_LIMIT // 2) if (told := since_text(alert)) else ""
    said = f"{late_prefix(alert)}{alert.level.upper()}: {summary_of(alert, limit=_PUSHED)}"
    return escape(said, limit=TEXT_LIMIT - len(since)) + since


def _headline(alert: Alert, summary: str) -> tuple[Block, ...]:
    late = f"⏰ late: the event is {duration_text(alert.opened_at - alert.first_at)} old" if alert.is_late else ""
    elements = level_elements(alert.level, alert.title, remark=" · ".join(filter(None, (risen_text(alert), late))))
    told = since_text(alert)
    since = [line_break(), text(told[0].upper() + told[1:], limit=200, is_bold=True)] if told else []
    return (rich_text(section([*elements, line_break(), text(summary, limit=SENTENCE_LIMIT), *since])),)


def _body(alert: Alert, room: Room, again: list[Element]) -> tuple[Block, ...]:
    grown = growth_elements(alert, limit=room.value)
    paragraphs = [section([*_fact_elements(alert, room), *grown, *again])]
    lines = shown_lines(alert, rows=room.fields)
    if lines:
        paragraphs.append(preformatted(lines, limit=room.value))
    links = _link_elements(alert, room)
    if links:
        paragraphs.append(section(links))
    return rich_text(*paragraphs), *_remarks(alert, room)


def shown_lines(alert: Alert, *, rows: int) -> list[str]:
    """What of its events an alert is about: the fields that one matched on, or the several that made it."""
    if alert.facts.correlation:
        return event_lines(alert, rows=rows)
    return field_lines(alert.samples[0].fields, rows=rows) if alert.samples else []


def field_lines(fields: tuple[tuple[str, str], ...], *, rows: int) -> list[str]:
    """Matched fields as `path = value`."""
    lines = [f"{path} = {value}" for path, value in fields[:rows]]
    return [*lines, f"{len(fields) - rows} more"] if len(fields) > rows else lines


def _fact_elements(alert: Alert, room: Room) -> list[Element]:
    elements: list[Element] = []
    for fact in facts_of(alert):
        elements += [*_fact_line(fact, room), line_break()]
    elements += [text("When", limit=20, is_bold=True), {"type": "text", "text": "  "}, date(alert.first_at)]
    elements.append(text(f" · {delay_text(alert)}", limit=60))
    if alert.count > 1:
        span = duration_text(alert.last_at - alert.first_at) if alert.last_at > alert.first_at else ""
        often = f"{alert.count} events" + (f" within {span}" if span else "")
        elements += [line_break(), text("How often", limit=20, is_bold=True), text(f"  {often}", limit=80)]
    return elements


def _fact_line(fact: Fact, room: Room) -> list[Element]:
    first, *rest = fact.values
    elements = [
        text(fact.label, limit=60, is_bold=True),
        {"type": "text", "text": "  "},
        text(first, limit=room.value),
    ]
    return [*elements, *(text(f" · {value}", limit=room.value) for value in rest)]


def _link_elements(alert: Alert, room: Room) -> list[Element]:
    links: list[Element] = []
    sample = alert.samples[0] if alert.samples else None
    console = event_link(event_id=sample.event_id, region=sample.region) if sample else None
    if console:
        links.append(link(console, "Open in CloudTrail"))
    if alert.facts.runbook:
        links.append(link(alert.facts.runbook, "Runbook"))
    links += [link(technique.url, f"ATT&CK {technique.id}") for technique in techniques(alert.facts.tags)[: room.items]]
    spaced: list[Element] = []
    for element in links:
        spaced += [element, {"type": "text", "text": "   "}]
    return spaced[:-1]


def _remarks(alert: Alert, room: Room) -> tuple[Block, ...]:
    limit = room.value * 2
    remarks = []
    if alert.facts.description:
        remarks.append(context([alert.facts.description], limit=limit))
    if alert.facts.false_positives:
        known = "; ".join(alert.facts.false_positives[: room.items])
        remarks.append(context([f"Known false positives: {known}"], limit=limit))
    references = [f"Rule {alert.rule_id}"]
    if alert.samples and alert.samples[0].event_id:
        references += [f"Event {alert.samples[0].event_id}", f"Log file {alert.samples[0].object_url}"]
    return *remarks, context([*references, f"Alert {alert.id}"], limit=limit)


def _plain(alert: Alert, summary: str) -> str:
    heading = f"{late_prefix(alert)}{alert.level.upper()}: {escape(alert.title, limit=150)}"
    lines = [heading, escape(summary, limit=SENTENCE_LIMIT)]
    if told := since_text(alert):
        lines.append(escape(told[0].upper() + told[1:], limit=200))
    lines += [
        f"{escape(fact.label, limit=60)}: {escape(' · '.join(fact.values), limit=250)}" for fact in facts_of(alert)
    ]
    lines.append(f"When: {when_text(alert)}")
    lines += [f"{label}: {escape(told, limit=250)}" for label, told in growth_lines(alert)]
    if alert.samples:
        lines.append(f"Event: {escape(alert.samples[0].event_id, limit=200)}")
    lines.append(f"Alert: {escape(alert.id, limit=100)}")
    return "\n".join(lines)[:PLAIN_LIMIT]
