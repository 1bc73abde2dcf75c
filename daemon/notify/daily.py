"""The daily digest as a message, and as the lines that other destinations show. Pure.

The mutes are shown last to be cut: whoever reads it should know of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemon.model import Alert
from daemon.model.daily import DailyDigest, Part, digest_in
from daemon.notify.blocks import Block, Element, context, line_break, rich_text, section, size, text
from daemon.notify.escape import escape
from daemon.notify.message import BUDGET, COLORS, PLAIN_LIMIT, TEXT_LIMIT, Message, bare_text, metadata_of
from daemon.trail.printable import printable

MUTES = "Mutes"
_SIGN = "📋"
_COMMANDS = "More of it: trailwarden alerts list · sources list · deliveries list · alerts mutes"
_MOST_CHARS = 2_000  # of one run; Slack takes 3,000
# Lines of a part and lines of mutes, and characters of a line: less and less until it fits.
_ROOMS = ((25, 50, 300), (15, 50, 240), (8, 50, 180), (4, 50, 130), (2, 50, 100), (2, 10, 80))


def daily_message(alert: Alert) -> Message | None:
    """Lay a digest out for Slack; None where the alert holds none."""
    digest = digest_in(alert)
    if digest is None:
        return None
    heading = [text(f"{_SIGN} {alert.title}", limit=150, is_bold=True), line_break(), text(digest.headline, limit=500)]
    headline = (rich_text(section(heading)),)
    plain = "\n".join([escape(alert.title, limit=150), *(escape(line, limit=300) for line in digest_lines(digest))])
    return Message(
        text=escape(f"{alert.title}: {digest.headline}", limit=TEXT_LIMIT),
        plain=plain[:PLAIN_LIMIT],
        bare=bare_text("Trailwarden: daily digest", command=f"trailwarden alerts show {alert.id}"),
        headline=headline,
        body=_body(digest, taken=size(headline)),
        color=COLORS[alert.level],
        metadata=metadata_of(alert, kind="daily_digest"),
    )


def digest_lines(digest: DailyDigest) -> Iterator[str]:
    """The digest line by line: the headline, and each part below its heading. Values are cleaned by whoever shows."""
    yield digest.headline
    for part in digest.parts:
        yield f"{part.heading}:"
        yield from (f"  {line}" for line in part.lines)


def _body(digest: DailyDigest, *, taken: int) -> tuple[Block, ...]:
    for lines, mutes, chars in _ROOMS[:-1]:
        blocks = _blocks(digest, lines=lines, mutes=mutes, chars=chars)
        if taken + size(blocks) <= BUDGET:
            return blocks
    lines, mutes, chars = _ROOMS[-1]
    return _blocks(digest, lines=lines, mutes=mutes, chars=chars)


def _blocks(digest: DailyDigest, *, lines: int, mutes: int, chars: int) -> tuple[Block, ...]:
    elements: list[Element] = []
    for part in digest.parts:
        shown = _shown(part, mutes if part.heading == MUTES else lines)
        elements.append(section([text(part.heading, limit=80, is_bold=True), line_break()]))
        elements.append(
            _table(shown, chars) if part.is_table else section(_runs([f"• {each}" for each in shown], chars))
        )
    remarks = context([_COMMANDS], limit=200)
    return (rich_text(*elements), remarks) if elements else (remarks,)


def _shown(part: Part, most: int) -> list[str]:
    left = len(part.lines) - most
    return [*part.lines[:most], f"and {left} more"] if left > 0 else list(part.lines)


def _table(lines: list[str], chars: int) -> Element:
    return {"type": "rich_text_preformatted", "elements": _runs(lines, chars)}


def _runs(lines: list[str], chars: int) -> list[Element]:
    """Lines in as few runs of text as Slack's bound on one allows: an element a line would take a third of the room."""
    runs = [""]
    for line in lines:
        shown = f"{printable(line, limit=chars)}\n"
        if len(runs[-1]) + len(shown) > _MOST_CHARS:
            runs.append("")
        runs[-1] += shown
    return [{"type": "text", "text": run} for run in runs]
