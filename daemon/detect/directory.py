"""Who is meant by a name or id that a correlation or filter gives: over all rule files, its own file first. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from daemon.detect.correlations import Unlinked
from daemon.detect.load import LoadedFile
from daemon.detect.logsource import PassedOver
from daemon.detect.refused import Refused, did_you_mean
from daemon.model import Rule, RuleHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A rule that somebody has, and that is not in force: switched off by a person, or refused with its file."""

    what: str
    fix: str
    is_disabled: bool


Found = Rule | Unlinked | PassedOver | Absent


class Directory:
    """Everything that has a name or an id, in the files as they are in force, and in those that are `broken`."""

    def __init__(self, files: Sequence[LoadedFile], *, broken: Sequence[LoadedFile], disabled: Set[str]) -> None:
        self._disabled = disabled
        self._broken = broken
        self._filters = {key for file in files for each in file.filters for key in (each.id, each.name) if key}
        self._by_id: dict[str, Rule | Unlinked] = {}
        self._by_name: defaultdict[str, list[Rule | Unlinked]] = defaultdict(list)
        self._passed = {key: each for file in files for each in file.passed_over for key in (each.id, each.name) if key}
        for file in files:
            self._enter((*file.rules, *file.correlations))

    def _enter(self, every: Iterable[Rule | Unlinked]) -> None:
        for made in every:
            head = head_of(made)
            self._by_id[head.id] = made
            if head.name:
                self._by_name[head.name].append(made)

    def find(self, reference: str, *, path: str) -> Found:
        """Who is meant by it in this file. Raises Refused: nobody has it, or several."""
        by_id = self._by_id.get(reference.lower())
        known = [by_id] if by_id else self._by_name.get(reference, [])
        near = [made for made in known if head_of(made).path == path] or known
        enabled = [made for made in near if head_of(made).id not in self._disabled]
        if len(enabled) > 1:
            places = ", ".join(sorted({head_of(made).path for made in enabled}))
            raise Refused(f"the name '{reference}' belongs to several rules ({places})", "refer to the one meant by id")
        if enabled:
            return enabled[0]
        if known:
            fix = "take it out of rules.disable, or name this one there too"
            return Absent(what=f"'{reference}' is disabled", fix=fix, is_disabled=True)
        return self._aside(reference)

    def _aside(self, reference: str) -> PassedOver | Absent:
        """Who has it among those that are not in force. Raises Refused."""
        passed = self._passed.get(reference.lower()) or self._passed.get(reference)
        if passed:
            return passed
        for file in self._broken:
            if reference in file.mentions or reference.lower() in file.mentions:
                what = f"'{reference}' is refused with its file ({file.path}, {file.fault})"
                return Absent(what=what, fix="mend that one first", is_disabled=False)
        if reference in self._filters:
            raise Refused(f"'{reference}' is a filter", "name rules")
        hint = did_you_mean(reference, self._by_name) if self._by_name else ""
        raise Refused(f"no rule has the name or id '{reference}'", hint or "check it, and that its file is loaded too")


def head_of(made: Rule | Unlinked) -> RuleHead:
    """What it says about itself."""
    return made if isinstance(made, Rule) else made.correlation
