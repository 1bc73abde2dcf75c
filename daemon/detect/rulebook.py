"""Keeps the rules in force: looks at the files again and again, takes what is good, and keeps the last good version
of what is broken, in memory and in the state store, until the file is mended or removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from daemon.config import RulesConfig
from daemon.detect.folders import Found, find_rule_files
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.overrides import check_rules_config, override
from daemon.detect.reload import Reload, RuleEntry, RuleState, ruleset_digest
from daemon.detect.shelves import Shelf, arrange, is_unchanged
from daemon.errors import Problem, StoreError
from daemon.model import Rule
from daemon.ports import RuleMemory, StoredRuleFile


class RuleBook:
    """The rules of one configuration. One thread reloads it; what `reload` gives is immutable."""

    def __init__(self, config: RulesConfig, memory: RuleMemory | None = None) -> None:
        self._config = config
        self._memory = memory
        self._is_recalled = memory is None
        self._good: dict[str, StoredRuleFile] = {}  # the last good versions by path
        self._to_keep: dict[str, StoredRuleFile] = {}
        self._to_forget: set[str] = set()
        self._loaded: dict[tuple[str, str], LoadedFile] = {}
        self._broken: frozenset[str] = frozenset()

    def reload(self, *, now: datetime) -> Reload:
        """Look at every file and say what is in force. Raises StoreError while nothing could be recalled yet."""
        self._recall()
        found = find_rule_files(self._config.paths)
        seen = found.paths  # made anew at each asking
        unseen = [path for path in self._good if path not in seen and found.may_still_exist(path)]
        shelves = arrange([self._load(file.path, file.content) for file in found.files], unseen, self._good, self._load)
        gone = self._remember(found, shelves, now=now)
        problems = [*found.problems, *(p for shelf in shelves if shelf.now for p in shelf.now.problems)]
        problems += self._save()
        return self._tell(found, shelves, problems, gone)

    def _recall(self) -> None:
        if self._memory is not None and not self._is_recalled:
            self._good = dict(self._memory.rule_files())
            self._is_recalled = True

    def _load(self, path: str, content: bytes) -> LoadedFile:
        key = (path, hashlib.sha256(content).hexdigest())
        if key not in self._loaded:
            self._loaded[key] = load_file(path, content, variables=self._config.variables)
        return self._loaded[key]

    def _remember(self, found: Found, shelves: Sequence[Shelf], *, now: datetime) -> set[str]:
        """Bring the last good versions up to date; gives the paths of those that are gone."""
        contents = {file.path: file.content for file in found.files}
        for shelf in shelves:
            if shelf.now and not shelf.is_broken and not is_unchanged(shelf.now, self._good):
                self._good[shelf.path] = self._to_keep[shelf.path] = StoredRuleFile(
                    path=shelf.path, digest=shelf.now.digest, content=contents[shelf.path], loaded_at=now
                )
        gone = self._good.keys() - {shelf.path for shelf in shelves}
        for path in gone:
            del self._good[path]
            self._to_keep.pop(path, None)
        self._to_forget = (self._to_forget | gone) - self._good.keys()
        in_use = {(shelf.path, side.digest) for shelf in shelves for side in (shelf.now, shelf.in_force) if side}
        self._loaded = {key: loaded for key, loaded in self._loaded.items() if key in in_use}
        return gone

    def _save(self) -> Iterator[Problem]:
        """Store what changed; what cannot be stored now is tried again at the next reload."""
        if self._memory is None or not (self._to_keep or self._to_forget):
            return
        try:
            self._memory.keep_rule_files(
                keep=[self._to_keep[path] for path in sorted(self._to_keep)], forget=sorted(self._to_forget)
            )
        except StoreError as fault:
            what = f"the last good versions could not be stored: {fault}"
            yield Problem(where="rules", what=what, fix="tried again at the next reload", is_warning=True)
            return
        self._to_keep, self._to_forget = {}, set()

    def _tell(self, found: Found, shelves: Sequence[Shelf], problems: Sequence[Problem], gone: set[str]) -> Reload:
        tuned = {shelf.path: self._tuned(shelf) for shelf in shelves}
        every = [rule for shelf in shelves for rule in tuned[shelf.path]]
        disabled = {rule_id.lower() for rule_id in self._config.disable}
        rules = tuple(rule for rule in every if rule.id not in disabled)
        entries = [entry for shelf in shelves for entry in _entries(shelf, tuned[shelf.path], disabled)]
        broken = frozenset({*found.unread, *(shelf.path for shelf in shelves if shelf.is_broken)})
        whole = [shelf.path for shelf in shelves if not shelf.is_broken]
        mended = {path for path in self._broken - broken if _holds(path, whole)}
        told = Reload(
            rules=rules,
            digest=ruleset_digest(rules, self._config.variables),
            entries=(*entries, *_unread(found, shelves)),
            problems=(*problems, *check_rules_config(self._config, every)),
            broken=tuple(sorted(broken - self._broken)),
            mended=tuple(sorted(mended)),
            removed=tuple(sorted((gone | self._broken) - broken - mended)),
        )
        self._broken = broken
        return told

    def _tuned(self, shelf: Shelf) -> tuple[Rule, ...]:
        rules = shelf.in_force.rules if shelf.in_force else ()
        return tuple(override(rule, self._config.overrides) for rule in rules)


def _holds(path: str, files: Iterable[str]) -> bool:
    """Whether a file, or a folder with something in it, is among the files."""
    return any(file == path or file.startswith(f"{path}/") for file in files)


def _entries(shelf: Shelf, rules: Sequence[Rule], disabled: set[str]) -> Iterator[RuleEntry]:
    for rule in rules:
        state, reason = (RuleState.LAST_GOOD, shelf.fault) if shelf.is_broken else (RuleState.LOADED, "")
        if rule.id in disabled:
            state, reason = RuleState.DISABLED, "named in rules.disable"
        yield RuleEntry(
            state=state,
            path=shelf.path,
            id=rule.id,
            title=rule.title,
            level=rule.level,
            mode=rule.options.mode,
            reason=reason,
            rule=rule,
        )
    if shelf.in_force is None:
        yield RuleEntry(state=RuleState.REFUSED, path=shelf.path, reason=shelf.fault)
    for passed in shelf.now.passed_over if shelf.now else ():
        yield RuleEntry(
            state=RuleState.PASSED_OVER, path=shelf.path, id=passed.id, title=passed.title, reason=passed.text
        )


def _unread(found: Found, shelves: Sequence[Shelf]) -> Iterator[RuleEntry]:
    """Files and folders of which nothing is known but that they cannot be read."""
    for problem in found.problems:
        if not problem.is_warning and not _holds(problem.where, (shelf.path for shelf in shelves)):
            yield RuleEntry(state=RuleState.REFUSED, path=problem.where, reason=problem.what)
