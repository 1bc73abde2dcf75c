"""What follows a message in its thread: a reply that says what is new, and a broadcast that says so to the channel."""

from __future__ import annotations

from daemon.model import Alert, Delivery
from daemon.notify.blocks import Element, context, line_break, rich_text, section, text
from daemon.notify.correlated import revision_message
from daemon.notify.escape import escape
from daemon.notify.growth import (
    last_seen,
    latest_text,
    more_text,
    news_lines,
    other_news,
    reasons,
    rings_text,
    risen_text,
)
from daemon.notify.message import COLORS, PLAIN_LIMIT, TEXT_LIMIT, Message, bare_text, level_elements, metadata_of

_LIMIT = 500


def reply_message(alert: Alert, delivery: Delivery) -> Message | None:
    """What is new since the thread last said something; None where by now there is nothing."""
    if alert.revised is not None:
        return revision_message(alert)
    news = news_lines(alert.news(since=delivery.since.version if delivery.since else 1))
    if not news:
        return None
    return _message(alert, more_text(alert, delivery.since), news, kind="reply", headline=[])


def broadcast_message(alert: Alert, delivery: Delivery) -> Message:
    """Why an alert rings again, for somebody who has not read its thread. Without a coloured bar: it is a reply too."""
    why = reasons(alert, delivery.since)
    said = rings_text(alert, delivery)
    headline = [*level_elements(alert.level, alert.title, remark=risen_text(alert)), line_break()]
    lines = [*why, *other_news(alert, delivery.since)]
    return _message(alert, said, lines, kind="broadcast", headline=headline)


def _message(alert: Alert, said: str, lines: list[str], *, kind: str, headline: list[Element]) -> Message:
    often = f"{alert.count} events, last {last_seen(alert)}"
    first = text(_opening(lines) if headline else said, limit=_LIMIT, is_bold=True)
    rest = lines[1:] if headline else lines
    elements = [*headline, first]
    for line in (*rest, *filter(None, [_latest(alert)])):
        elements += [line_break(), text(line, limit=_LIMIT)]
    shown = [said, *lines, _latest(alert), often]
    return Message(
        text=escape(said if headline else f"{said}: {'; '.join(lines)}", limit=TEXT_LIMIT),
        plain="\n".join(escape(line, limit=_LIMIT) for line in shown if line)[:PLAIN_LIMIT],
        bare=bare_text(f"{alert.level.upper()}: {alert.title}", command=f"trailwarden alerts show {alert.id}"),
        headline=(rich_text(section(elements)), context([often, f"Alert {alert.id}"], limit=200)),
        color=COLORS[alert.level],
        metadata=metadata_of(alert, kind=kind),
    )


def _opening(lines: list[str]) -> str:
    return lines[0][:1].upper() + lines[0][1:]


def _latest(alert: Alert) -> str:
    latest = latest_text(alert)
    return f"Latest: {latest}" if latest else ""
