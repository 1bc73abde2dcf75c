"""Whom a message wakes: mentions that Slack acts on, from the configuration alone. Pure.

Everything else in a message is escaped, so these are the only control sequences in it. An id that is not of the form
that Slack's have mentions nobody, wherever it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from daemon.notify.blocks import Block, Element, rich_text, section
from daemon.notify.message import Message

_ID = re.compile(r"(?P<kind>[SUW])[A-Z0-9]{6,20}")
_WHOLE = ("here", "channel")


def with_mentions(message: Message, mentions: Iterable[str]) -> Message:
    """The message with these mentioned: in its blocks, and in each text that may be sent in their stead."""
    known = [each for each in mentions if each in _WHOLE or _ID.fullmatch(each)]
    if not known:
        return message
    told = " ".join(map(_sequence, known))
    return replace(
        message,
        text=f"{told} {message.text}",
        plain=f"{told}\n{message.plain}",
        bare=f"{told}\n{message.bare}",
        headline=(_line(known), *message.headline),
    )


def _line(mentions: Iterable[str]) -> Block:
    elements: list[Element] = []
    for each in mentions:
        elements += [_element(each), {"type": "text", "text": " "}]
    return rich_text(section(elements[:-1]))


def _element(mention: str) -> Element:
    if mention in _WHOLE:
        return {"type": "broadcast", "range": mention}
    if mention.startswith("S"):
        return {"type": "usergroup", "usergroup_id": mention}
    return {"type": "user", "user_id": mention}


def _sequence(mention: str) -> str:
    if mention in _WHOLE:
        return f"<!{mention}>"
    return f"<!subteam^{mention}>" if mention.startswith("S") else f"<@{mention}>"
