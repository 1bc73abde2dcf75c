"""What a reader sees of a message, and what Slack would refuse of it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from daemon.notify.message import Message
from daemon.notify.slack import rich_payload
from tests.doubles.slack_limits import refusal


def refusal_of(message: Message) -> str | None:
    """The error code that Slack would answer a message with."""
    return refusal(rich_payload(message))


def shown_text(message: Message) -> str:
    """A message's blocks as lines of text."""
    return "\n".join(line for block in (*message.headline, *message.body) for line in _lines(block))


def _lines(block: dict[str, Any]) -> Iterator[str]:
    if block["type"] == "context":
        yield " · ".join(html.unescape(element["text"]) for element in block["elements"])
        return
    for paragraph in block["elements"]:
        yield "".join(_inline(element) for element in paragraph["elements"])


def _inline(element: dict[str, Any]) -> str:
    return str(element["fallback"] if element["type"] == "date" else element["text"])
