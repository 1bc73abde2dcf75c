"""How many bytes of memory something takes: what is kept of an object is bounded by that, and not by its JSON.

Sixteen megabytes of `[[],[],[],…` are 350 MB of lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from sys import getsizeof
from typing import Any

from daemon.model import Event, GroupKey, Match

_OBJECTS = 600  # an event, a match and an actor without their texts


def weight_of_json(value: Any) -> int:
    """Of a value as JSON has them, with all that is in it. What occurs twice counts twice."""
    weight = 0
    todo = [value]
    while todo:
        one = todo.pop()
        weight += getsizeof(one)
        if isinstance(one, Mapping):
            todo += one.keys()
            todo += one.values()
        elif isinstance(one, list | tuple):
            todo += one
    return weight


def weight_of_names(match: Match) -> int:
    """Of what a match has also without details."""
    groups = weight_of_group(match.group) + weight_of_group(match.combination)
    return _OBJECTS + sum(map(getsizeof, _texts(match.event))) + groups + getsizeof(match.summary)


def weight_of_group(group: GroupKey) -> int:
    """Of the values; the paths are the rule's own."""
    return sum(getsizeof(value) for _, value in group)


def _texts(event: Event) -> tuple[str, ...]:
    actor = event.actor
    return event.id, event.time, event.source, event.name, event.account, event.region, actor.label, actor.principal
