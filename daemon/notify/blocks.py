"""Slack's Block Kit as plain dictionaries: only the blocks that this program sends, each made safe on the way in.

Text goes into rich_text elements, which Slack never parses for mentions, links or markup, or escaped into plain_text;
no function here takes markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from daemon.notify.escape import escaped_within
from daemon.trail.printable import printable

Block = dict[str, Any]
Element = dict[str, Any]

MAX_CONTEXT = 10
MAX_PLAIN = 2_000
MAX_URL = 3_000
_URL_SAFE = "/:?#[]@!$&'()*+,;=%-._~"  # what RFC 3986 knows; < > | and quotes are escaped


def text(value: str, *, limit: int, is_bold: bool = False, is_code: bool = False) -> Element:
    """A run of text, cleaned and cut to `limit`; an empty one shows as a space (Slack refuses none at all)."""
    element: Element = {"type": "text", "text": printable(value, limit=limit) or " "}
    style = {name: True for name, is_on in (("bold", is_bold), ("code", is_code)) if is_on}
    return {**element, "style": style} if style else element


def line_break() -> Element:
    """The end of a line inside a section."""
    return {"type": "text", "text": "\n"}


def link(url: str, label: str) -> Element:
    """A link under our own words; what is no web address, or too long for Slack, is shown as text."""
    address = safe_url(url)
    if address is None:
        return text(f"{label}: {url}", limit=300)
    return {"type": "link", "url": address, "text": printable(label, limit=100) or "link"}


def safe_url(url: str) -> str | None:
    """The address with everything escaped that could end it; None when it is none that may be linked."""
    address = quote(printable(url, limit=MAX_URL + 1), safe=_URL_SAFE)
    is_web = address.startswith(("https://", "http://"))
    return address if is_web and len(address) <= MAX_URL else None


def date(at: datetime) -> Element:
    """A moment, shown by Slack in the reader's own time zone."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time_secs}",
        "fallback": f"{at:%Y-%m-%d %H:%M:%S} UTC",
    }


def section(elements: Iterable[Element]) -> Element:
    """A paragraph of a rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def preformatted(lines: Sequence[str], *, limit: int) -> Element:
    """Lines in fixed type, each cleaned and cut to `limit`."""
    shown = "\n".join(printable(line, limit=limit) for line in lines)
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": shown or " "}]}


def rich_text(*elements: Element) -> Block:
    """A block of paragraphs."""
    return {"type": "rich_text", "elements": list(elements)}


def context(texts: Iterable[str], *, limit: int) -> Block:
    """Small grey remarks, each cut to `limit`."""
    bound = min(limit, MAX_PLAIN)
    shown = [escaped_within(printable(value, limit=bound), limit=bound) or " " for value in texts][:MAX_CONTEXT]
    return {"type": "context", "elements": [{"type": "plain_text", "text": value, "emoji": False} for value in shown]}


def size(blocks: Sequence[Block]) -> int:
    """Characters of the blocks as sent: the measure of Slack's undocumented limit on a whole message."""
    return len(json.dumps(blocks, separators=(",", ":"), ensure_ascii=False))
