"""What a person calls a rule, to the rule: its id, name or title, how they begin, or its file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from daemon.detect.reload import RuleEntry, RuleState
from daemon.errors import ConfigError, Problem
from daemon.model import RuleHead

_NAMED = 5
_HIDDEN = (RuleState.DISABLED, RuleState.PASSED_OVER, RuleState.REFUSED)


def find_rule(asked: str, rules: Sequence[RuleHead], *, entries: Sequence[RuleEntry] = ()) -> RuleHead:
    """The one rule that is meant, by the most exact way in which any is.

    Raises ConfigError, which names those that may be meant, or why one is not in force.
    """
    wanted = asked.strip().casefold()
    for names, fits in _WAYS if wanted else ():
        found = [rule for rule in rules if any(fits(name.casefold(), wanted) for name in names(rule))]
        if len(found) == 1:
            return found[0]
        if found:
            raise _wrong(asked, f"{len(found)} rules are called that: {_named(found)}", "give an id")
    hidden = next((entry for entry in entries if entry.state in _HIDDEN and _is_called(wanted, entry)), None)
    if hidden is not None:
        raise _wrong(
            asked, f"not in force: {hidden.reason}", f"name its file, {hidden.path}, to explain it as it stands"
        )
    raise _wrong(asked, f"no rule of {len(rules)} has such an id, name, title or file", _near(wanted, rules))


def _ids_and_names(rule: RuleHead) -> Iterable[str]:
    return rule.id, rule.name, rule.path


def _titles(rule: RuleHead) -> Iterable[str]:
    return rule.title, PurePosixPath(rule.path).name, PurePosixPath(rule.path).stem


def _beginnings(rule: RuleHead) -> Iterable[str]:
    return rule.id, rule.name, rule.title, PurePosixPath(rule.path).stem


_WAYS: tuple[tuple[Callable[[RuleHead], Iterable[str]], Callable[[str, str], bool]], ...] = (
    (_ids_and_names, str.__eq__),
    (_titles, str.__eq__),
    (_beginnings, str.startswith),
)


def _is_called(wanted: str, entry: RuleEntry) -> bool:
    names = (entry.id, entry.title, entry.path, PurePosixPath(entry.path).stem)
    return any(name and name.casefold() == wanted for name in names)


def _named(found: Sequence[RuleHead]) -> str:
    more = ", …" if len(found) > _NAMED else ""
    return ", ".join(f"{rule.id} ({rule.title})" for rule in found[:_NAMED]) + more


def _near(wanted: str, rules: Sequence[RuleHead]) -> str:
    """Up to three rules that may have been meant, each by one of its names."""
    names = {name.casefold(): (name, rule.id) for rule in rules for name in _beginnings(rule) if name}
    inside = [name for name in names if wanted and wanted in name]
    near = [*inside, *difflib.get_close_matches(wanted, names, n=_NAMED, cutoff=0.5)]
    found: dict[str, str] = {}
    for name, rule_id in (names[each] for each in near):
        found.setdefault(rule_id, f"'{name}'")
    shown = list(found.values())[:3]
    return f"did you mean {' or '.join(shown)}?" if shown else "`trailwarden rules list` names them"


def _wrong(asked: str, what: str, fix: str) -> ConfigError:
    return ConfigError([Problem(where=f"'{asked}'", what=what, fix=fix)])
