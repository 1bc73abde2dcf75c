"""A burst of one correlation as what it is to another: its group there, and the values that are counted."""

from __future__ import annotations

from daemon.model import Bounds, Feed, GroupKey
from daemon.windows.values import values_of


def group_above(feed: Feed, group: GroupKey) -> GroupKey:
    """The group of the upper correlation: its names, each with what the lower one's group holds for it."""
    upper, values = feed.correlation, dict(group)
    keys = upper.bases[feed.base].keys
    return tuple((name, values.get(key, "")) for name, key in zip(upper.group_by, keys, strict=True))


def values_above(feed: Feed, group: GroupKey) -> tuple[str | float, ...]:
    """What the upper correlation's condition counts: the fields that it names, as the lower one's group holds them."""
    upper, values = feed.correlation, dict(group)
    fields = upper.condition.fields if isinstance(upper.condition, Bounds) else ()
    return values_of(upper.type, [[values.get(field, "")] for field in fields])
