"""One message for many alerts: what a flood held back. Each of them stays an alert of its own in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from daemon.model import Alert, Level
from daemon.notify.blocks import Block, context, line_break, preformatted, rich_text, section, text
from daemon.notify.escape import escape
from daemon.notify.message import COLORS, EMOJI, PLAIN_LIMIT, TEXT_LIMIT, Message, Room, bare_text, fitted, metadata_of
from daemon.notify.sentence import summary_of

_REMARK = "Many alerts opened within a minute, so these come as one message. Each of them: trailwarden alerts list"
_SENTENCE = 160
_LINES_A_ROOM = 3  # a room's `fields` are rows of one event; a summary has nothing else to show


def flood_message(alerts: Sequence[Alert]) -> Message:
    """Tell the alerts of a flood, gravest first. `alerts` holds one at least."""
    ordered = _gravest_first(alerts)
    heading, *lines = flood_lines(alerts, rows=15)
    return Message(
        text=escape(heading, limit=TEXT_LIMIT),
        plain="\n".join([heading, *(escape(line, limit=150) for line in lines)])[:PLAIN_LIMIT],
        bare=bare_text(heading, command="trailwarden alerts list"),
        headline=(rich_text(section([text(f"{EMOJI[ordered[0].level]} {heading}", limit=150, is_bold=True)])),),
        body=fitted(lambda room: _body(ordered, room), taken=400),
        color=COLORS[ordered[0].level],
        metadata=metadata_of(ordered[0], kind="summary"),
    )


def flood_lines(alerts: Sequence[Alert], *, rows: int) -> list[str]:
    """A heading and a line for each of the gravest alerts, at most `rows` of them."""
    ordered = _gravest_first(alerts)
    left = len(ordered) - rows
    more = [f"and {left} more"] if left > 0 else []
    return [
        f"{len(ordered)} more {'alert' if len(ordered) == 1 else 'alerts'}: {_levels(ordered)}",
        *map(_line, ordered[:rows]),
        *more,
    ]


def _gravest_first(alerts: Sequence[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (-alert.level.rank, alert.opened_at))


def _levels(alerts: Sequence[Alert]) -> str:
    counts = Counter(alert.level for alert in alerts)
    return ", ".join(f"{counts[level]} {level.value}" for level in reversed(Level) if counts[level])


def _body(alerts: Sequence[Alert], room: Room) -> tuple[Block, ...]:
    rules = Counter(alert.title for alert in alerts).most_common(room.items)
    by_rule = [element for title, count in rules for element in (text(f"{count} × {title}", limit=120), line_break())]
    lines = flood_lines(alerts, rows=room.fields * _LINES_A_ROOM)[1:]
    return (
        rich_text(section(by_rule), preformatted(lines, limit=min(room.value, 200))),
        context([_REMARK], limit=200),
    )


def _line(alert: Alert) -> str:
    return f"{alert.level.upper()} {alert.first_at:%H:%M:%S} {summary_of(alert, limit=_SENTENCE)}"
