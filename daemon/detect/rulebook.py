"""Keeps the rules in force: looks at the files again and again, takes what is good, and keeps the last good version
of what is broken, in memory and in the state store, until the file is mended or removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from daemon.config import RulesConfig
from daemon.detect.entries import Lister, unread_entries
from daemon.detect.filters import Filter
from daemon.detect.folders import Found, find_rule_files, holds
from daemon.detect.link import Linked, link
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.overrides import check_rules_config, tune
from daemon.detect.reload import Guard, Reload
from daemon.detect.ruleset_digest import ruleset_digest
from daemon.detect.settle import settle
from daemon.detect.shelves import Shelf, is_unchanged
from daemon.errors import Problem, StoreError
from daemon.ports import RuleMemory, StoredRuleFile

LoadFiles = Callable[[Sequence[tuple[str, bytes]], Mapping[str, Sequence[str]]], Sequence[LoadedFile]]
_EXPIRED_LATELY = timedelta(days=7)  # told again after a restart only so long


class RuleBook:
    """The rules of one configuration. One thread reloads it; what `reload` gives is immutable.

    `load_files`, where it is given, reads the files that are new: many at once, and not in this thread.
    """

    def __init__(
        self, config: RulesConfig, memory: RuleMemory | None = None, *, load_files: LoadFiles | None = None
    ) -> None:
        self._config = config
        self._load_files = load_files
        self._memory = memory
        self._is_recalled = memory is None
        self._good: dict[str, StoredRuleFile] = {}  # the last good versions by path
        self._to_keep: dict[str, StoredRuleFile] = {}
        self._to_forget: set[str] = set()
        self._loaded: dict[tuple[str, str], LoadedFile] = {}
        self._broken: frozenset[str] = frozenset()
        self._disabled = frozenset(map(str.lower, config.disable))
        self._looked_at: datetime | None = None

    def reload(self, *, now: datetime) -> Reload:
        """Look at every file and say what is in force. Raises StoreError while nothing could be recalled yet."""
        self._recall()
        found = find_rule_files(self._config.paths)
        seen = found.paths  # made anew at each asking
        unseen = [path for path in self._good if path not in seen and found.may_still_exist(path)]
        self._load_ahead([(file.path, file.content) for file in found.files])
        files = [self._load(file.path, file.content) for file in found.files]
        shelves, linked = settle(files, unseen, self._good, self._load, partial(self._link, now=now))
        guard = self._guard(linked, now=now)
        if guard is not None and guard.is_kept:  # nothing of what is there now is taken, and nothing forgotten
            shelves, linked = self._as_before(now=now)
            problems = [*found.problems, *_too_few(guard), *linked.warnings]
            return self._tell(_Look(found=found, shelves=shelves, linked=linked, now=now, guard=guard), problems, set())
        gone = self._remember(found, shelves, now=now)
        problems = [*found.problems, *(p for shelf in shelves if shelf.now for p in shelf.now.problems)]
        problems += [*linked.warnings, *_too_few(guard)]
        problems += self._save()
        return self._tell(_Look(found=found, shelves=shelves, linked=linked, now=now, guard=guard), problems, gone)

    def _guard(self, linked: Linked, *, now: datetime) -> Guard | None:
        found, wanted = _count(linked), self._config.min_loaded
        if found >= wanted:
            return None
        kept = _count(self._as_before(now=now)[1]) if self._good else 0
        return Guard(found=found, wanted=wanted, is_kept=kept > found)

    def _as_before(self, *, now: datetime) -> tuple[list[Shelf], Linked]:
        """What the last good versions come to, whatever the files hold now."""
        shelves, linked = settle([], list(self._good), self._good, self._load, partial(self._link, now=now))
        return [replace(shelf, now=shelf.in_force) for shelf in shelves if shelf.in_force], linked

    def _link(self, shelves: Sequence[Shelf], *, now: datetime) -> Linked:
        files = [tuned for shelf in shelves if (tuned := self._tuned(shelf))]
        broken = [shelf.now for shelf in shelves if shelf.now and shelf.is_broken]
        return link(files, now=now, broken=broken, disabled=self._disabled)

    def _recall(self) -> None:
        if self._memory is not None and not self._is_recalled:
            self._good = dict(self._memory.rule_files())
            self._is_recalled = True

    def _load_ahead(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Read what is new among the files at once, where there is a way to."""
        new = [file for file in files if _key(*file) not in self._loaded]
        if self._load_files is not None and new:
            loaded = self._load_files(new, self._config.variables)
            self._loaded |= {_key(*file): one for file, one in zip(new, loaded, strict=True)}

    def _load(self, path: str, content: bytes) -> LoadedFile:
        key = _key(path, content)
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

    def _tell(self, look: _Look, problems: Sequence[Problem], gone: set[str]) -> Reload:
        shelves, linked = look.shelves, look.linked
        tuned = {shelf.path: self._tuned(shelf) for shelf in shelves}
        lister = Lister(linked, disabled=self._disabled, now=look.now)
        entries = [entry for shelf in shelves for entry in lister.entries(shelf, tuned[shelf.path])]
        broken = frozenset({*look.found.unread, *(shelf.path for shelf in shelves if shelf.is_broken)})
        if look.guard is not None and look.guard.is_kept:
            broken = self._broken  # what the files hold is not looked at: no news of them
        whole = [shelf.path for shelf in shelves if not shelf.is_broken]
        mended = {path for path in self._broken - broken if holds(path, whole)}
        told = Reload(
            rules=linked.rules,
            correlations=linked.correlations,
            digest=ruleset_digest(
                linked.rules, self._config.variables, correlations=linked.correlations, filters=linked.filters
            ),
            entries=(*entries, *unread_entries(look.found, shelves)),
            problems=(*problems, *check_rules_config(self._config, [file for file in tuned.values() if file])),
            broken=tuple(sorted(broken - self._broken)),
            mended=tuple(sorted(mended)),
            removed=tuple(sorted((gone | self._broken) - broken - mended)),
            expired=self._newly_expired(tuned.values(), now=look.now),
            filters=linked.filters,
            guard=look.guard,
        )
        self._broken = broken
        return told

    def _newly_expired(self, files: Iterable[LoadedFile | None], *, now: datetime) -> tuple[Filter, ...]:
        """The filters that came to their end since the last look; at the first one, lately."""
        since = self._looked_at or now - _EXPIRED_LATELY
        self._looked_at = now
        return tuple(
            each
            for file in files
            for each in (file.filters if file else ())
            if each.is_expired(now) and not each.is_expired(since) and each.id not in self._disabled
        )

    def _tuned(self, shelf: Shelf) -> LoadedFile | None:
        """What is in force of a file, as the configuration changes it."""
        return tune(shelf.in_force, self._config.overrides) if shelf.in_force else None


def _key(path: str, content: bytes) -> tuple[str, str]:
    return path, hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at the files: what was found, and what is in force of it."""

    found: Found
    shelves: Sequence[Shelf]
    linked: Linked
    now: datetime
    guard: Guard | None


def _count(linked: Linked) -> int:
    return len(linked.rules) + len(linked.correlations)


def _too_few(guard: Guard | None) -> Iterator[Problem]:
    if guard is not None and (guard.is_kept or guard.found):  # of none at all the daemon speaks anyway
        kept = "; the last good rule set stays in force" if guard.is_kept else ""
        what = f"{guard.found} rules are found where there should be {guard.wanted} at least{kept}"
        yield Problem(where="rules.min_loaded", what=what, fix="put the files back, or lower it if that was meant")
