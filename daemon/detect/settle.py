"""Decides what is in force of all rule files together, where a fault shows only once they are linked. Pure.

What does not link falls back to its last good version, and that may in turn take away or give back what others
refer to: so it is tried until it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from daemon.detect.link import Linked
from daemon.detect.load import LoadedFile
from daemon.detect.shelves import Load, Shelf, arrange, is_unchanged
from daemon.errors import Problem
from daemon.ports import StoredRuleFile

Link = Callable[[Sequence[Shelf]], Linked]


def settle(
    current: Sequence[LoadedFile],
    unseen: Sequence[str],
    last_good: Mapping[str, StoredRuleFile],
    load: Load,
    link: Link,
) -> tuple[list[Shelf], Linked]:
    """One shelf a file, as `arrange` has them, and what comes of all that is in force.

    Each round refuses a content that was not refused before, and a file has two at most: it ends.
    """
    refused: dict[tuple[str, str], tuple[Problem, ...]] = {}

    def judged(loaded: LoadedFile) -> LoadedFile:
        faults = refused.get((loaded.path, loaded.digest))
        return loaded.refused(faults) if faults else loaded

    while True:
        shelves = arrange(
            list(map(judged, current)), unseen, last_good, lambda path, content: judged(load(path, content))
        )
        linked = link(shelves)
        if not linked.faults:
            return shelves, linked
        in_force = [shelf.in_force for shelf in shelves if shelf.in_force and shelf.path in linked.faults]
        # New content first: what was good before may only be wrong because of it.
        new = [loaded for loaded in in_force if not is_unchanged(loaded, last_good)]
        refused |= {(loaded.path, loaded.digest): linked.faults[loaded.path] for loaded in new or in_force}
