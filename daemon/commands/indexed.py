"""Where a rule stands in the index, in words that fit into a line. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.detect.indexed import ANYWHERE, IndexedUnder, OnEveryEvent

EVERY_EVENT = "evaluated on every event"
_MOST_NAMED = 5


def place_in_words(place: IndexedUnder | OnEveryEvent) -> str:
    """`indexed under eventName: DeleteGroup`, or why it is evaluated on every event."""
    if isinstance(place, OnEveryEvent):
        return f"{EVERY_EVENT}: {place.reason}"
    return f"indexed under {names_in_words(place, most=_MOST_NAMED)}"


def names_in_words(place: IndexedUnder | OnEveryEvent, *, most: int, is_bare: bool = False) -> str:
    """The fields and what they must hold, a few of each; with `is_bare` eventName, which most are, goes unsaid."""
    if isinstance(place, OnEveryEvent):
        return EVERY_EVENT
    fields = []
    for field, texts in place.literals:
        listed = shortened(texts, most=most)
        name = "any text" if field == ANYWHERE else field
        fields.append(listed if is_bare and field == "eventName" else f"{name}: {listed}")
    return "; ".join(fields)


def shortened(texts: Sequence[str], *, most: int) -> str:
    """The first of them, and how many more there are."""
    left = len(texts) - most
    return ", ".join(texts[:most]) + (f" +{left}" if left > 0 else "")
