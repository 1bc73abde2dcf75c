"""Text for where Slack does parse: the `text` of a message, which is its push notification and its plain fallback."""

from __future__ import annotations

from daemon.trail.printable import clip, printable


def escape(value: str, *, limit: int) -> str:
    """Clean a value and escape it, so that no mention or labelled link can begin in it; at most `limit` long.

    Addresses are broken (`https[:]//`), since Slack makes links of bare ones by itself.
    """
    shown = printable(value, limit=limit).replace("://", "[:]//")
    return escaped_within(shown, limit=limit)


def escaped_within(value: str, *, limit: int) -> str:
    """Escape a clean value into at most `limit` characters, cutting the value and never half an entity."""
    escaped = entities(value)
    while len(escaped) > limit:
        value = clip(value, limit=max(len(value) - max((len(escaped) - limit) // 5, 1), 0))
        escaped = entities(value)
    return escaped


def entities(value: str) -> str:
    """Slack's three control characters as text."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
