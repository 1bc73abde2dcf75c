"""One message for many alerts: what a flood held back. Each of them stays an alert of its own in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from daemon.model import Alert, Level
from daemon.notify.blocks import Block, context, line_break, preformatted, rich_text, section, text
from daemon.notify.escape import escape
from daemon.notify.message import COLORS, EMOJI, PLAIN_LIMIT, TEXT_LIMIT, Message, Room, fitted, metadata_of
from daemon.notify.opening import summary_of

_LINES_A_ROOM = 3  # a room's `fields` are rows of one event; a summary has nothing else to show


def flood_message(alerts: Sequence[Alert]) -> Message:
    """Tell the alerts of a flood, gravest first. `alerts` holds one at least."""
    ordered = sorted(alerts, key=lambda alert: (-alert.level.rank, alert.opened_at))
    heading = f"{len(ordered)} more alerts: {_levels(ordered)}"
    return Message(
        text=escape(heading, limit=TEXT_LIMIT),
        plain="\n".join([heading, *(escape(_line(alert), limit=150) for alert in ordered[:15])])[:PLAIN_LIMIT],
        headline=(rich_text(section([text(f"{EMOJI[ordered[0].level]} {heading}", limit=150, is_bold=True)])),),
        body=fitted(lambda room: _body(ordered, room), taken=400),
        color=COLORS[ordered[0].level],
        metadata=metadata_of(ordered[0], kind="summary"),
    )


def _levels(alerts: Sequence[Alert]) -> str:
    counts = Counter(alert.level for alert in alerts)
    return ", ".join(f"{counts[level]} {level.value}" for level in reversed(Level) if counts[level])


def _body(alerts: Sequence[Alert], room: Room) -> tuple[Block, ...]:
    rules = Counter(alert.title for alert in alerts).most_common(room.items)
    by_rule = [element for title, count in rules for element in (text(f"{count} × {title}", limit=120), line_break())]
    shown = alerts[: room.fields * _LINES_A_ROOM]
    left = len(alerts) - len(shown)
    lines = [_line(alert) for alert in shown] + ([f"and {left} more"] if left else [])
    return (
        rich_text(section(by_rule), preformatted(lines, limit=min(room.value, 200))),
        context(
            ["Many alerts opened within one minute, so these come as one message. All of them: trailwarden alerts list"]
        ),
    )


def _line(alert: Alert) -> str:
    return f"{alert.level.upper()} {alert.first_at:%H:%M:%S} {summary_of(alert)}"
