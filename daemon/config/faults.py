"""One fault of the configuration: where in the tree it is, what it is, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from daemon.errors import Problem

Loc = tuple[int | str, ...]  # such as ("sources", 0, "url")


class Sure(Protocol):
    """Whether neither the place itself nor anything above or below it has a fault."""

    def __call__(self, *loc: int | str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`meant` is the key that an unknown one was probably meant as; `place` is told instead of `loc` where given."""

    loc: Loc
    what: str
    fix: str = ""
    is_unknown_key: bool = False
    meant: str = ""
    line: int | None = None
    place: str = ""

    def in_file(self, file: str) -> Problem:
        """As a person is told it. No value of the file is repeated that may be a secret."""
        where = file if self.line is None else f"{file}:{self.line}"
        return Problem(where=f"{where}: {self.place or dotted(self.loc)}", what=self.what, fix=self.fix)


def dotted(loc: Iterable[int | str]) -> str:
    """`("sources", 0, "url")` as `sources[0].url`."""
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")
