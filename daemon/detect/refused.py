"""The one error that reading a detection raises inside itself; the place is added where it is known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Refused(Exception):
    """This piece of a rule cannot be used; `what` is the fault, `fix` what to do."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean 'startswith'?`, or the known words when none is near, or nothing when there are too many."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1) or difflib.get_close_matches(word.casefold(), names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known here: {', '.join(names)}" if len(names) <= 12 else ""
