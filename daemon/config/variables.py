"""Fills ${VAR} and ${VAR:-default} into the texts of a parsed file, from the environment or a file it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daemon.config.faults import Fault, Loc
from daemon.config.parse import Twice
from daemon.config.values import FromFile

# A default ends at the first brace and holds no other variable.
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^}$]|\$(?!\{))*))?\}")
_MOST_VALUES = 100_000  # a few aliases of aliases stand for more than any memory holds


class TooMuch(Exception):
    """The tree has more values than any configuration."""


class Filling:
    """One pass over a tree. `faults` holds what lacks a value, has two or cannot be understood."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.faults: list[Fault] = []
        self._environment = environment
        self._left = _MOST_VALUES

    def fill(self, node: Any, at: Loc = ()) -> Any:
        """The tree with every text filled in. Raises TooMuch, and RecursionError for one that holds itself."""
        self._left -= 1
        if self._left < 0:
            raise TooMuch
        if isinstance(node, dict):
            return {self._key(key, at): self.fill(value, (*at, str(key))) for key, value in node.items()}
        if isinstance(node, list):
            return [self.fill(value, (*at, n)) for n, value in enumerate(node)]
        if isinstance(node, Twice):
            self.faults.append(Fault(loc=at, line=node.line, what="the key stands twice", fix="keep one of them"))
            return None
        return self._fill_text(node, at) if isinstance(node, str) else node

    def _key(self, key: Any, at: Loc) -> Any:
        if isinstance(key, str) and "${" in key:
            self._tell((*at, key), "a variable cannot stand in a key", "write the key out")
        return key

    def _fill_text(self, text: str, at: Loc) -> str:
        if "${" in _VARIABLE.sub(" ", text):
            fix = "write ${NAME} or ${NAME:-default}; a default holds no other variable"
            self._tell(at, "it holds a ${ that begins no variable", fix)
            return text
        whole = _VARIABLE.fullmatch(text)
        if whole:  # as it is, since a text from a file remembers that file
            return self._value_of(whole, at)
        return _VARIABLE.sub(lambda found: self._value_of(found, at), text)

    def _value_of(self, found: re.Match[str], at: Loc) -> str:
        name, default = found[1], found[2]
        try:
            value = self._look_up(name)
        except (OSError, UnicodeDecodeError) as fault:
            self._tell(at, f"the file in {name}_FILE cannot be read: {fault}", "check its path")
            return ""
        if value is None and default is None:
            self._tell(at, f"the variable {name} is not set", f"set it, or write ${{{name}:-}}")
        return value if value is not None else (default or "")

    def _look_up(self, name: str) -> str | None:
        """A variable's value; an empty one counts as not set, as it does for a shell's `:-`."""
        if self._environment.get(name):
            return self._environment[name]
        if self._environment.get(f"{name}_FILE"):
            return FromFile.read(Path(self._environment[f"{name}_FILE"]))
        return None

    def _tell(self, at: Loc, what: str, fix: str) -> None:
        self.faults.append(Fault(loc=at, what=what, fix=fix))
