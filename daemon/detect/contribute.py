"""What a match counts for: a record in, the groups and values under which each correlation counts it out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from daemon.detect.fields import resolve, scalars, text_of
from daemon.model import Bounds, Feed, GroupKey
from daemon.windows import counts_values, shortened, values_of

MOST_GROUPS = 100  # of one event: each member of an array makes a group

Counted = tuple[GroupKey, tuple[str | float, ...]]


def count_for(feed: Feed, record: Mapping[str, Any]) -> Iterator[Counted]:
    """The groups that a record counts in, and with which values.

    None where a field of the group has no value, since nothing would be the same about such events; nor where a
    condition on values finds none. Of an array each member makes a group.
    """
    correlation = feed.correlation
    condition = correlation.condition
    fields = condition.fields if isinstance(condition, Bounds) else ()
    values = values_of(correlation.type, [list(scalars(resolve(record, field))) for field in fields])
    if counts_values(correlation.type) and not values:
        return
    keys = correlation.bases[feed.base].keys
    for combination in islice(product(*(_texts(record, key) for key in keys)), MOST_GROUPS):
        yield tuple(zip(correlation.group_by, combination, strict=True)), values


def _texts(record: Mapping[str, Any], path: str) -> Sequence[str]:
    found = scalars(resolve(record, path))
    texts = (shortened(text_of(value)) for value in found if isinstance(value, str | int | float))
    return sorted({text.replace("\x00", "").encode("utf-8", "replace").decode() for text in texts if text})
