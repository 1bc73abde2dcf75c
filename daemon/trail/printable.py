"""Text that somebody else chose, made safe to show and to store: no control, bidirectional or invisible characters.

Every name in an event is the caller's to choose, so this stands apart and everything that is shown goes through it.
"""

from __future__ import annotations

ELLIPSIS = "…"
MISSING = "–"


def printable(text: str, *, limit: int) -> str:
    """Give `text` on one line of at most `limit` characters.

    White space of any kind becomes a space; control, format (bidirectional, zero width), private and surrogate
    characters are dropped, as `str.isprintable` tells them apart.
    """
    head = text[: limit * 4 + 1]  # enough to fill the limit unless nearly everything is dropped; bounds the work
    shown = head if head.isprintable() else "".join(map(_shown, head))
    return clip(shown + ELLIPSIS if len(head) < len(text) else shown, limit=limit)


def clip(text: str, *, limit: int) -> str:
    """Cut to `limit` characters, the last of them an ellipsis when something was cut off."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + ELLIPSIS


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else ""
