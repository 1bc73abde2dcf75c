"""What can be used of a configuration with faults: the rest of it, and where the faults are.

What is faulty is taken out, or stood in for where a section cannot be without it, until the rest is a Config. Whoever
uses one asks `is_sure_of` first: a default in the place of a fault says nothing about what was meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from daemon.config.cross import cross_check, names_of_destinations
from daemon.config.explain import explain
from daemon.config.faults import Fault, Loc
from daemon.config.models import Config
from daemon.errors import ConfigError, Problem

_SOURCE = {"url": "file:."}
_MATCH = {"id": "unnamed"}
# What stands in for an item of a list, so that the others keep their numbers.
_ITEMS: dict[Loc, Any] = {
    ("sources",): _SOURCE,
    ("destinations",): {"type": "console", "name": "unnamed"},
    ("rules", "overrides"): {"match": _MATCH},
    ("notices",): "unnamed",
    ("routes",): {"to": "unnamed"},
}
# What stands in for a key that its section cannot be without, by the first and last step of its place.
_KEYS: dict[tuple[int | str, int | str], Any] = {
    ("sources", "sources"): [_SOURCE],
    ("sources", "url"): "file:.",
    ("destinations", "name"): "unnamed",
    ("destinations", "channel"): "#unnamed",
    ("destinations", "topic_arn"): "arn:aws:sns:us-east-1:000000000000:unnamed",
    ("rules", "match"): _MATCH,
    ("routes", "to"): "unnamed",
    ("destinations", "begin"): "00:00",
    ("destinations", "end"): "06:00",
    ("accounts", "name"): "unnamed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A configuration and every fault of it; without any, it is the configuration that is in force."""

    config: Config
    problems: tuple[Problem, ...]
    unsure: frozenset[Loc]

    def is_sure_of(self, *loc: int | str) -> bool:
        """Whether what the configuration has at this place, and below it, is what the file says."""
        return _is_sure_of(self.unsure, loc)


def make_draft(tree: dict[Any, Any], unfilled: Sequence[Fault], *, file: Path, is_sending: bool) -> Draft:
    """Validate the tree, which is mended on the way. Raises ConfigError where nothing of it can be used."""
    names = names_of_destinations(tree)
    config, found = _validate(tree, file)
    unfilled_at = {fault.loc for fault in unfilled}
    # What has no value is wrong for that reason alone.
    faults = todo = [*unfilled, *(each for each in found if each.is_unknown_key or each.loc not in unfilled_at)]
    unsure: set[Loc] = set()
    while todo:
        unsure |= {place for fault in todo for place in _mend(tree, fault)}
        config, found = _validate(tree, file)
        todo = [fault for fault in found if fault not in faults]  # what one fault hid
        faults = [*faults, *todo]
    if config is None:
        raise ConfigError([fault.in_file(str(file)) for fault in faults])
    if ("sources",) in unsure:
        config = config.model_copy(update={"sources": ()})
    crossed = cross_check(config, names=names, is_sure_of=lambda *loc: _is_sure_of(unsure, loc), is_sending=is_sending)
    faults += crossed
    unsure |= {fault.loc for fault in crossed if len(fault.loc) > 2}  # a list, or an item of one, is what it says
    problems = tuple(fault.in_file(str(file)) for fault in faults)
    return Draft(config=config, problems=problems, unsure=frozenset(unsure))


def _is_sure_of(unsure: frozenset[Loc] | set[Loc], loc: Loc) -> bool:
    return not any(loc[: len(place)] == place[: len(loc)] for place in unsure)


def _validate(tree: dict[Any, Any], file: Path) -> tuple[Config | None, list[Fault]]:
    try:
        return Config.model_validate(tree, context={"base": file.resolve().parent}), []
    except ValidationError as error:
        return None, explain(error)


def _mend(tree: dict[Any, Any], fault: Fault) -> set[Loc]:
    """Take out what is faulty, or put something in its stead; gives what is not to be relied on for that."""
    loc = fault.loc
    while isinstance(loc[-1], int) and not (loc[:-1] in _ITEMS and isinstance(_at(tree, loc[:-1]), list)):
        loc = loc[:-1]  # a list of plain values counts as a whole
    section, key = _at(tree, loc[:-1]), loc[-1]
    if isinstance(section, list) and isinstance(key, int):
        section[key] = deepcopy(_ITEMS[loc[:-1]])
    elif isinstance(section, dict):
        for written in [each for each in section if str(each) == key]:
            del section[written]
        if not fault.is_unknown_key and (loc[0], key) in _KEYS:
            section[key] = deepcopy(_KEYS[loc[0], key])
    if not fault.is_unknown_key:
        return {loc}
    return {(*loc[:-1], fault.meant)} if fault.meant else set()


def _at(tree: Any, loc: Loc) -> Any:
    for step in loc:
        if isinstance(tree, dict):
            tree = tree.get(step)
        else:
            tree = tree[step] if isinstance(tree, list) and isinstance(step, int) else None
    return tree
