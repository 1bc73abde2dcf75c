"""Where rule files are: paths of the configuration in, each file's content or the problem with it out.

Names that begin with a dot are passed over, so the symlinks of a mounted ConfigMap (`..data`) work as they are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.errors import ConfigError, Problem

BUILTIN = "builtin:"
MAX_BYTES = 2**20
_SUFFIXES = (".yml", ".yaml")
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A file that could be read. `path` is how it is named everywhere: `builtin:core/x.yml` or a path."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the paths hold. `unread` are files and folders that exist in the configuration but cannot be read now."""

    files: tuple[RuleFile, ...]
    problems: tuple[Problem, ...]
    unread: tuple[str, ...]

    @property
    def paths(self) -> frozenset[str]:
        """The files that were read."""
        return frozenset(file.path for file in self.files)

    def may_still_exist(self, path: str) -> bool:
        """Whether a file that was not found lies where nothing could be seen."""
        return any(path == unread or path.startswith(f"{unread}/") for unread in self.unread)


def find_rule_files(paths: Sequence[str]) -> Found:
    """Read every rule file below the paths, in the order of the paths and then by name, each once."""
    search = _Search()
    for path in paths:
        search.look_at(path)
    return Found(files=tuple(search.files.values()), problems=tuple(search.problems), unread=tuple(search.unread))


def refuse_missing(paths: Sequence[str], *, option: str = "") -> None:
    """Raise ConfigError for what a person named on the command line, behind an `option` or bare, and is not there."""
    missing = [path for path in paths if not os.path.exists(_place(path))]
    if missing:
        what = "no such file or folder"
        raise ConfigError([Problem(where=f"{option} {path}".lstrip(), what=what) for path in missing])


def is_folder(path: str) -> bool:
    """Whether a path of the configuration or the command line is a folder."""
    return _place(path).is_dir()


def builtin_folder() -> Path:
    """The folder of the built-in packs: `daemon/builtin` in the wheel, `rules` in a checkout."""
    packaged = _PACKAGE / "builtin"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "rules"


def holds(path: str, files: Iterable[str]) -> bool:
    """Whether a file, or a folder with something in it, is among the files."""
    return any(file == path or file.startswith(f"{path}/") for file in files)


class _Search:
    """Collects files and problems over all paths."""

    def __init__(self) -> None:
        self.files: dict[str, RuleFile] = {}
        self.problems: list[Problem] = []
        self.unread: list[str] = []

    def look_at(self, named: str) -> None:
        place = _place(named)
        name = named if named.startswith(BUILTIN) else str(place)
        try:
            if not place.is_dir():
                self._read(place, name)
                return
        except OSError as fault:
            self._fail(name, f"cannot be read: {fault.strerror}", "check its permissions")
            return
        known = len(self.files)
        for file, file_name in self._below(place, name, frozenset()):
            self._read(file, file_name)
        if len(self.files) == known and not self.unread:
            fix = "rule files end in .yml or .yaml; take the path out if it is not needed"
            self.problems.append(Problem(where=name, what="holds no rule files", fix=fix, is_warning=True))

    def _below(self, folder: Path, name: str, above: frozenset[str]) -> Iterator[tuple[Path, str]]:
        real = os.path.realpath(folder)
        if real in above:  # a symlink that leads back up
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as fault:
            self._fail(name, f"the folder cannot be read: {fault.strerror}", "check its permissions")
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _leads_to_folder(entry):
                yield from self._below(folder / entry.name, f"{name}/{entry.name}", above | {real})
            elif entry.name.endswith(_SUFFIXES):
                yield folder / entry.name, f"{name}/{entry.name}"

    def _read(self, file: Path, name: str) -> None:
        if name in self.files:
            return
        try:
            if not stat.S_ISREG(file.stat().st_mode):  # opening a pipe would wait for ever
                self._fail(name, "is neither a file nor a folder", "name a rule file or a folder of them")
                return
            with file.open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
        except FileNotFoundError:
            self._fail(name, "does not exist", "check rules.paths, and that the folder is mounted")
        except OSError as fault:
            self._fail(name, f"cannot be read: {fault.strerror}", "check its permissions")
        else:
            self._keep(name, content)

    def _keep(self, name: str, content: bytes) -> None:
        if len(content) > MAX_BYTES:
            self._fail(name, f"is larger than {MAX_BYTES // 1024} KiB", "split it: a rule file holds a rule or a few")
        else:
            self.files[name] = RuleFile(path=name, content=content)

    def _fail(self, name: str, what: str, fix: str) -> None:
        self.problems.append(Problem(where=name, what=what, fix=fix))
        self.unread.append(name)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a symlink to itself: reading it tells the fault
        return False


def _place(named: str) -> Path:
    if not named.startswith(BUILTIN):
        return Path(named)
    return builtin_folder() / named.removeprefix(BUILTIN)
