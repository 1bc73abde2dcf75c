"""One message for many alerts: what a flood held back. Each of them stays an alert of its own in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from daemon.model import Alert, Gathering, Level
from daemon.notify.blocks import Block, context, line_break, preformatted, rich_text, section, text
from daemon.notify.escape import escape
from daemon.notify.message import COLORS, EMOJI, PLAIN_LIMIT, TEXT_LIMIT, Message, Room, bare_text, fitted, metadata_of
from daemon.notify.opening import summary_of

_REMARKS = {
    Gathering.FLOOD: "Many alerts opened within a minute, so these come as one message.",
    Gathering.BACKLOG: "Late: many alerts opened about old events, so these come as one message.",
    Gathering.QUIET: "These alerts opened in quiet hours and were held until their end.",
}
_EACH = "Each of them: trailwarden alerts list"
_LINES_A_ROOM = 3  # a room's `fields` are rows of one event; a summary has nothing else to show


def flood_message(alerts: Sequence[Alert], gathers: Gathering | None = None) -> Message:
    """Tell the alerts that were held, gravest first, and why they come together. `alerts` holds one at least."""
    ordered, why = _gravest_first(alerts), gathers or Gathering.FLOOD
    heading, *lines = flood_lines(alerts, rows=15, gathers=why)
    return Message(
        text=escape(heading, limit=TEXT_LIMIT),
        plain="\n".join([heading, *(escape(line, limit=150) for line in lines)])[:PLAIN_LIMIT],
        bare=bare_text(heading, command="trailwarden alerts list"),
        headline=(rich_text(section([text(f"{EMOJI[ordered[0].level]} {heading}", limit=150, is_bold=True)])),),
        body=fitted(lambda room: _body(ordered, room, why), taken=400),
        color=COLORS[ordered[0].level],
        metadata=metadata_of(ordered[0], kind="summary"),
    )


def flood_lines(alerts: Sequence[Alert], *, rows: int, gathers: Gathering | None = None) -> list[str]:
    """A heading and a line for each of the gravest alerts, at most `rows` of them."""
    ordered = _gravest_first(alerts)
    left = len(ordered) - rows
    more = [f"and {left} more"] if left > 0 else []
    return [
        f"{len(ordered)} {_noun(gathers, len(ordered))}: {_levels(ordered)}",
        *(_line(alert, is_dated=gathers is Gathering.BACKLOG) for alert in ordered[:rows]),
        *more,
    ]


def _noun(gathers: Gathering | None, count: int) -> str:
    alerts = "alert" if count == 1 else "alerts"
    match gathers:
        case Gathering.BACKLOG:
            return f"late {alerts}"
        case Gathering.QUIET:
            return f"{alerts} in quiet hours"
    return f"more {alerts}"


def _gravest_first(alerts: Sequence[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (-alert.level.rank, alert.opened_at))


def _levels(alerts: Sequence[Alert]) -> str:
    counts = Counter(alert.level for alert in alerts)
    return ", ".join(f"{counts[level]} {level.value}" for level in reversed(Level) if counts[level])


def _body(alerts: Sequence[Alert], room: Room, why: Gathering) -> tuple[Block, ...]:
    rules = Counter(alert.title for alert in alerts).most_common(room.items)
    by_rule = [element for title, count in rules for element in (text(f"{count} × {title}", limit=120), line_break())]
    lines = flood_lines(alerts, rows=room.fields * _LINES_A_ROOM)[1:]
    return (
        rich_text(section(by_rule), preformatted(lines, limit=min(room.value, 200))),
        context([f"{_REMARKS[why]} {_EACH}"], limit=200),
    )


def _line(alert: Alert, *, is_dated: bool) -> str:
    at = f"{alert.first_at:%Y-%m-%d %H:%M}" if is_dated else f"{alert.first_at:%H:%M:%S}"
    return f"{alert.level.upper()} {at} {summary_of(alert)}"
