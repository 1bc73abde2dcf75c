"""Finds the shards of a trail by looking into its folders: how a folder is listed comes in, a Discovery goes out.

The layouts are those of single accounts, of organisations with and without their id in the path, and of Control
Tower, which uses the organisation's id as prefix too: `o-id/AWSLogs/o-id/`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Shard
from daemon.ports import Discovery
from daemon.trail.keys import ROOT, Scope, SkipReason, is_account, is_organisation, is_region


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What lies directly in a folder: the names of folders, and how many things that are none, by skip reason."""

    names: tuple[str, ...] = ()
    skipped: tuple[tuple[SkipReason, int], ...] = ()


class Look(Protocol):
    """Lists a folder, given as a prefix that is empty or ends with a slash; only names that begin with `start`."""

    def __call__(self, prefix: str, *, start: str = "") -> Folder: ...


Account = tuple[str | None, str]  # its organisation, where the path names one, and its folder
Spread = Callable[[Callable[[Account], list[Shard]], Iterable[Account]], Iterable[list[Shard]]]


class Walk:
    """One discovery. Folders of other kinds, accounts and regions are counted, never entered."""

    def __init__(self, *, bucket: str, prefix: str, scope: Scope, look: Look, spread: Spread = map) -> None:
        self._bucket = bucket
        self._base = f"{prefix}/" if prefix else ""
        self._scope = scope
        self._look_into = look
        self._spread = spread
        self._skipped: Counter[str] = Counter()
        self._counting = threading.Lock()

    def discover(self) -> Discovery:
        """Look through the whole trail once."""
        accounts = [found for root in self._roots() for found in self._accounts(root)]
        shards = [shard for found in self._spread(self._shards, accounts) for shard in found]
        return Discovery(shards=shards, skipped=dict(self._skipped))

    def _look(self, prefix: str, *, start: str = "") -> Folder:
        folder = self._look_into(prefix, start=start)
        for reason, count in folder.skipped:
            self._skip(reason, count)
        return folder

    def _skip(self, reason: SkipReason, count: int = 1) -> None:
        with self._counting:
            self._skipped[reason] += count

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
            return Folder()

    def _accounts(self, root: str) -> list[Account]:
        """The account folders under `…AWSLogs/`, each with the organisation it stands under."""
        found: list[Account] = []
        for name in self._look(root).names:
            if is_organisation(name):
                inner = self._look(f"{root}{name}/").names
                found += [(name, f"{root}{name}/{account}/") for account in inner if self._is_wanted_account(account)]
            elif self._is_wanted_account(name):
                found.append((None, f"{root}{name}/"))
        return found

    def _is_wanted_account(self, name: str) -> bool:
        if not is_account(name):
            self._skip(SkipReason.NOT_A_LOG)
            return False
        if self._scope.accounts and name not in self._scope.accounts:
            self._skip(SkipReason.FOREIGN_ACCOUNT)
            return False
        return True

    def _shards(self, place: Account) -> list[Shard]:
        org_id, folder = place
        found: list[Shard] = []
        for kind in self._look(folder).names:
            if kind not in self._scope.kinds:
                self._skip(SkipReason.OTHER_KIND)
                continue
            found += self._regions(f"{folder}{kind}", org_id=org_id)
        return found

    def _regions(self, path: str, *, org_id: str | None) -> list[Shard]:
        account, kind = path.split("/")[-2:]
        found: list[Shard] = []
        for region in self._look(f"{path}/").names:
            refusal = self._scope.refusal(account=account, kind=kind, region=region)
            reason = refusal if is_region(region) else SkipReason.NOT_A_LOG
            if reason is not None:
                self._skip(reason)
                continue
            shard = f"{path}/{region}"
            found.append(
                Shard(bucket=self._bucket, path=shard, org_id=org_id, account=account, kind=kind, region=region)
            )
        return found
