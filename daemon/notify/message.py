"""What a message is, whatever it tells: its parts, its colours, and how it is kept within Slack's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from daemon.model import Alert, Delivery, Level
from daemon.notify.blocks import Block, Element, context, size, text
from daemon.notify.escape import escape

BUDGET = 10_000  # characters of all blocks; Slack refuses somewhere past 13,200
TEXT_LIMIT = 300
PLAIN_LIMIT = 3_000
COLORS = {
    Level.CRITICAL: "#b3001b",
    Level.HIGH: "#e8590c",
    Level.MEDIUM: "#f2b705",
    Level.LOW: "#2f7ed8",
    Level.INFORMATIONAL: "#8a8f98",
}
EMOJI = {
    Level.CRITICAL: "🔴",
    Level.HIGH: "🟠",
    Level.MEDIUM: "🟡",
    Level.LOW: "🔵",
    Level.INFORMATIONAL: "⚪",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is posted. `text`, `plain` and `bare` are escaped; `body` stands beside a bar of `color`, below `headline`.

    `plain` says it without any markup, `bare` only that it is there, without a word of any event.
    """

    text: str
    plain: str
    bare: str
    metadata: Mapping[str, Any]
    headline: tuple[Block, ...]
    body: tuple[Block, ...] = ()
    color: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much of each thing is shown: characters a value, rows of matched fields, items of lists."""

    value: int
    fields: int
    items: int


_ROOMS = (
    Room(value=400, fields=12, items=6),
    Room(value=200, fields=8, items=4),
    Room(value=80, fields=4, items=2),
    Room(value=40, fields=2, items=1),
)


def metadata_of(alert: Alert, *, kind: str) -> Mapping[str, Any]:
    """What a program finds the alert by again, unseen by people."""
    return {"event_type": "trailwarden_alert", "event_payload": {"alert_id": alert.id, "kind": kind}}


def bare_text(heading: str, *, command: str) -> str:
    """What is left of a message when each other form of it was refused. `heading` holds no value of an event."""
    return f"{escape(heading, limit=TEXT_LIMIT)}\nNo fuller message was taken here. To read it: {command}"


def fitted(lay_out: Callable[[Room], tuple[Block, ...]], *, taken: int = 0) -> tuple[Block, ...]:
    """Lay out with as much room as the budget of a message allows, `taken` of it being used already."""
    for room in _ROOMS[:-1]:
        blocks = lay_out(room)
        if taken + size(blocks) <= BUDGET:
            return blocks
    return lay_out(_ROOMS[-1])


def level_elements(level: Level, title: str, *, remark: str = "") -> list[Element]:
    """`🟠 HIGH  Title  (remark)`."""
    elements = [
        text(f"{EMOJI[level]} {level.upper()}", limit=40, is_bold=True),
        {"type": "text", "text": "  "},
        text(title, limit=150, is_bold=True),
    ]
    return [*elements, {"type": "text", "text": "  "}, text(remark, limit=100)] if remark else elements


def redirected(message: Message, delivery: Delivery, *, why: str) -> Message:
    """The message as it stands where a route's channel would not take it: it says where it was meant to go, and why."""
    said = f"Meant for {delivery.channel}, where it could not be posted: {why}. Look at the channel of that route."
    told = escape(said, limit=TEXT_LIMIT)
    return replace(
        message,
        plain=f"{message.plain}\n{told}",
        bare=f"{message.bare}\n{told}",
        headline=(*message.headline, context([said], limit=300)),
    )
