"""The lines of `rules list`: what became of each rule, correlation and filter, and of files that were refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import datetime

from daemon.detect.folders import Found, holds
from daemon.detect.link import Linked
from daemon.detect.load import LoadedFile
from daemon.detect.reload import RuleEntry, RuleKind, RuleState
from daemon.detect.shelves import Shelf
from daemon.model import Correlation, Rule, RuleHead


class Lister:
    """What is the same for all files of one look: how they were linked, the ids that are disabled, and the time."""

    def __init__(self, linked: Linked, *, disabled: Set[str], now: datetime) -> None:
        self._linked = linked
        self._disabled = disabled
        self._now = now
        self._aside = {passed.id for passed in linked.passed_over}
        self._joined: dict[str, RuleHead] = {rule.id: rule for rule in (*linked.rules, *linked.correlations)}

    def entries(self, shelf: Shelf, in_force: LoadedFile | None) -> Iterator[RuleEntry]:
        """What became of one file, of which this is in force."""
        if in_force is None:
            yield RuleEntry(state=RuleState.REFUSED, path=shelf.path, reason=shelf.fault)
        else:
            yield from self._heads(shelf, in_force)
            yield from self._filters(shelf, in_force)
        passed = [each for each in self._linked.passed_over if each.path == shelf.path]
        for each in (*(shelf.now.passed_over if shelf.now else ()), *passed):
            yield RuleEntry(
                state=RuleState.PASSED_OVER, path=shelf.path, id=each.id, title=each.title, reason=each.text
            )

    def _heads(self, shelf: Shelf, in_force: LoadedFile) -> Iterator[RuleEntry]:
        heads: list[Rule | Correlation] = [*in_force.rules, *(each.correlation for each in in_force.correlations)]
        for head in heads:
            if head.id in self._aside:
                continue
            state, reason = self._state(shelf, head.id)
            yield RuleEntry(
                state=state,
                path=shelf.path,
                kind=self._kind(head),
                id=head.id,
                title=head.title,
                level=head.level,
                mode=head.options.mode,
                reason=reason,
                rule=self._joined.get(head.id, head),
            )

    def _filters(self, shelf: Shelf, in_force: LoadedFile) -> Iterator[RuleEntry]:
        for each in in_force.filters:
            state, reason = self._state(shelf, each.id)
            if each.is_expired(self._now) and state is not RuleState.DISABLED:
                state, reason = RuleState.EXPIRED, f"expired at {each.expires_at:%Y-%m-%d %H:%M} UTC"
            yield RuleEntry(
                state=state, path=shelf.path, kind=RuleKind.FILTER, id=each.id, title=each.title, reason=reason
            )

    def _state(self, shelf: Shelf, rule_id: str) -> tuple[RuleState, str]:
        if rule_id in self._disabled:
            return RuleState.DISABLED, "named in rules.disable"
        return (RuleState.LAST_GOOD, shelf.fault) if shelf.is_broken else (RuleState.LOADED, "")

    def _kind(self, head: RuleHead) -> RuleKind:
        if isinstance(head, Correlation):
            return RuleKind.CORRELATION
        if head.options.first_seen:
            return RuleKind.FIRST_SEEN
        return RuleKind.BASE if head.id in self._linked.referred else RuleKind.RULE


def unread_entries(found: Found, shelves: Sequence[Shelf]) -> Iterator[RuleEntry]:
    """Files and folders of which nothing is known but that they cannot be read."""
    for problem in found.problems:
        if not problem.is_warning and not holds(problem.where, [shelf.path for shelf in shelves]):
            yield RuleEntry(state=RuleState.REFUSED, path=problem.where, reason=problem.what)
