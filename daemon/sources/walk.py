"""Finds the shards of a trail by looking into its folders: how a folder is listed comes in, a Discovery goes out.

The layouts are those of single accounts, of organisations with and without their id in the path, and of Control
Tower, which uses the organisation's id as prefix too: `o-id/AWSLogs/o-id/`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Shard
from daemon.ports import Discovery, Passed
from daemon.trail.keys import ROOT, Scope, SkipReason, is_account, is_organisation, is_region


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What lies directly in a folder: the names of folders, and how many things that are none, by skip reason."""

    names: tuple[str, ...] = ()
    skipped: tuple[tuple[SkipReason, int], ...] = ()


class Look(Protocol):
    """Lists a folder, given as a prefix that is empty or ends with a slash; only names that begin with `start`."""

    def __call__(self, prefix: str, *, start: str = "") -> Folder: ...


class Account(NamedTuple):
    """An account's folder, slash at its end, and its organisation, where the path names one."""

    org_id: str | None
    folder: str


Spread = Callable[[Callable[[Account], list[Shard]], Iterable[Account]], Iterable[list[Shard]]]


class Walk:
    """One discovery. Folders of other kinds, accounts and regions are counted, never entered."""

    def __init__(self, *, bucket: str, prefix: str, scope: Scope, look: Look, spread: Spread = map) -> None:
        self._bucket = bucket
        self._base = f"{prefix}/" if prefix else ""
        self._scope = scope
        self._look_into = look
        self._spread = spread
        self._passed: list[Passed] = []
        self._faults: list[SourceUnavailable] = []
        self._hidden: dict[str, Shard] = {}
        self._unseen: list[str] = []
        self._counting = threading.Lock()

    def discover(self) -> Discovery:
        """Look through the whole trail once."""
        accounts = [found for root in self._roots() for found in self._accounts(root)]
        shards = [shard for found in self._spread(self._shards, accounts) for shard in found]
        return Discovery(
            shards=shards,
            skipped=_counted(self._passed),
            faults=self._faults,
            hidden=tuple(self._hidden.values()),
            unseen=[*self._unseen, *(f"{path}/" for path in self._hidden)],
            passed=sorted(self._passed, key=lambda each: (each.path, each.reason)),
        )

    def _look(self, prefix: str, *, start: str = "") -> Folder:
        folder = self._look_into(prefix, start=start)
        for reason, count in folder.skipped:
            self._pass(prefix, reason, files=count)
        return folder

    def _pass(self, path: str, reason: SkipReason, *, files: int = 0) -> None:
        with self._counting:
            self._passed.append(Passed(path=path, reason=reason, files=files))

    def _roots(self) -> list[str]:
        organisations = filter(is_organisation, self._beside_the_root().names)
        return [f"{self._base}{ROOT}/", *(f"{self._base}{name}/{ROOT}/" for name in organisations)]

    def _beside_the_root(self) -> Folder:
        try:
            return self._look_into(self._base, start="o-")
        except SourceUnavailable as fault:
            # A policy may allow just `AWSLogs/*` to be listed; if all is denied, the next look says so.
            if fault.reason is not EnvironmentReason.ACCESS_DENIED:
                raise
            self._unseen.append(f"{self._base}o-")
            return Folder()

    def _accounts(self, root: str) -> list[Account]:
        """The account folders under `…AWSLogs/`, each with the organisation it stands under."""
        found: list[Account] = []
        for name in self._look(root).names:
            if is_organisation(name):
                inner = self._look(f"{root}{name}/").names
                folders = [f"{root}{name}/{account}/" for account in inner]
                found += [Account(name, folder) for folder in folders if self._is_wanted_account(folder)]
            elif self._is_wanted_account(f"{root}{name}/"):
                found.append(Account(None, f"{root}{name}/"))
        return found

    def _is_wanted_account(self, folder: str) -> bool:
        name = folder.split("/")[-2]
        if not is_account(name):
            self._pass(folder, SkipReason.NOT_A_LOG)
            return False
        if self._scope.accounts and name not in self._scope.accounts:
            self._pass(folder, SkipReason.FOREIGN_ACCOUNT)
            return False
        return True

    def _shards(self, place: Account) -> list[Shard]:
        found: list[Shard] = []
        for kind in self._names(place.folder, place):
            if kind not in self._scope.kinds:
                self._pass(f"{place.folder}{kind}/", SkipReason.OTHER_KIND)
                continue
            found += self._regions(f"{place.folder}{kind}", place)
        return found

    def _names(self, prefix: str, place: Account) -> tuple[str, ...]:
        """What lies in a folder of an account; one that is denied hides its account and costs no other its turn."""
        try:
            return self._look(prefix).names
        except SourceUnavailable as fault:
            if fault.reason is not EnvironmentReason.ACCESS_DENIED:
                raise
            with self._counting:
                self._faults.append(fault)
                self._hidden[place.folder[:-1]] = self._shard(place.folder[:-1], place, kind="", region="")
            return ()

    def _shard(self, path: str, place: Account, *, kind: str, region: str) -> Shard:
        account = place.folder.split("/")[-2]
        return Shard(bucket=self._bucket, path=path, org_id=place.org_id, account=account, kind=kind, region=region)

    def _regions(self, path: str, place: Account) -> list[Shard]:
        account, kind = path.split("/")[-2:]
        found: list[Shard] = []
        for region in self._names(f"{path}/", place):
            refusal = self._scope.refusal(account=account, kind=kind, region=region)
            reason = refusal if is_region(region) else SkipReason.NOT_A_LOG
            if reason is not None:
                self._pass(f"{path}/{region}/", reason)
                continue
            found.append(self._shard(f"{path}/{region}", place, kind=kind, region=region))
        return found


def _counted(passed: Iterable[Passed]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for each in passed:
        counts[each.reason] += each.files or 1
    return dict(counts)
