"""The daemon speaking of itself in a channel: what happened, and what a person should do."""

from __future__ import annotations

from daemon.model import NOTICE_PREFIX, Alert
from daemon.notify.blocks import context, rich_text, section, text
from daemon.notify.escape import escape
from daemon.notify.message import COLORS, PLAIN_LIMIT, TEXT_LIMIT, Message, bare_text, level_elements, metadata_of

_LIMIT = 2_500


def notice_text(alert: Alert) -> str:
    """What a notice says below its title."""
    return alert.facts.description or (alert.samples[0].summary if alert.samples else "")


def notice_message(alert: Alert) -> Message:
    """Lay out a notice."""
    said = notice_text(alert)
    reason = alert.rule_id.removeprefix(NOTICE_PREFIX)
    paragraph = section([text(said or alert.title, limit=_LIMIT)])
    return Message(
        text=escape(f"Trailwarden: {alert.title}", limit=TEXT_LIMIT),
        plain=f"Trailwarden: {escape(alert.title, limit=300)}\n{escape(said, limit=_LIMIT)}"[:PLAIN_LIMIT],
        bare=bare_text(f"Trailwarden: {reason}", command=f"trailwarden alerts show {alert.id}"),
        headline=(rich_text(section(level_elements(alert.level, alert.title))),),
        body=(rich_text(paragraph), context([f"Trailwarden about itself: {reason}"], limit=200)),
        color=COLORS[alert.level],
        metadata=metadata_of(alert, kind="notice"),
    )
