"""Decides what is in force of each rule file: what stands in it now, its last good version, or nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from daemon.detect.claims import Owners, claim
from daemon.detect.load import LoadedFile
from daemon.ports import StoredRuleFile

Load = Callable[[str, bytes], LoadedFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One file's place: what stands in it now (None: cannot be read), and what is in force of it."""

    path: str
    now: LoadedFile | None
    in_force: LoadedFile | None

    @property
    def is_broken(self) -> bool:
        """Whether the file as it stands is not what is in force."""
        return self.now is None or self.now.is_broken

    @property
    def fault(self) -> str:
        """The first thing that is wrong with the file, or nothing."""
        if self.now is None:
            return "the file cannot be read"
        return self.now.fault


def arrange(
    current: Sequence[LoadedFile], unseen: Sequence[str], last_good: Mapping[str, StoredRuleFile], load: Load
) -> list[Shelf]:
    """One shelf a file, in the order given. `unseen` files have a last good version and cannot be read now.

    Ids go to unchanged files first, then to last good versions, then to new content: no newcomer takes a rule out.
    """
    by_path = {loaded.path: loaded for loaded in current}
    unchanged = [loaded for loaded in current if is_unchanged(loaded, last_good)]
    broken = [path for path, loaded in by_path.items() if loaded.is_broken]
    owners: Owners = {}
    shelves: dict[str, Shelf] = {}

    def fall_back(path: str, now: LoadedFile | None) -> Shelf:
        stored = last_good.get(path)
        if stored is None or (now is not None and stored.digest == now.digest):
            return Shelf(path=path, now=now, in_force=None)
        before = claim(load(path, stored.content), owners)
        return Shelf(path=path, now=now, in_force=None if before.is_broken else before)

    def take(files: Iterable[LoadedFile]) -> None:
        for loaded in files:
            claimed = claim(loaded, owners)
            whole = Shelf(path=loaded.path, now=claimed, in_force=claimed)
            shelves[loaded.path] = fall_back(loaded.path, claimed) if claimed.is_broken else whole

    take(unchanged)
    for path in (*broken, *unseen):
        shelves[path] = fall_back(path, by_path.get(path))
    take([loaded for loaded in current if loaded.path not in shelves])
    return [shelves[path] for path in (*by_path, *unseen)]


def is_unchanged(loaded: LoadedFile, last_good: Mapping[str, StoredRuleFile]) -> bool:
    """Whether a file without fault stands as it did when it was last taken."""
    stored = last_good.get(loaded.path)
    return not loaded.is_broken and stored is not None and stored.digest == loaded.digest
