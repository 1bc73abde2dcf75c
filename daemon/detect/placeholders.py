"""Sigma's `expand` modifier: `%name%` in a value becomes each of the values that the configuration gives it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product

from daemon.detect.refused import Refused, did_you_mean

MAX_VALUES = 10_000
_PLACEHOLDER = re.compile(r"\\%|%([^%\\]+)%")  # a backslash makes the percent sign plain (Sigma specification)
_WHOLE = re.compile(r"%[\w.-]+%")


def expand(text: str, variables: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Every value that a text with placeholders stands for. Raises Refused where one has no value."""
    pieces: list[Sequence[str]] = []
    end = 0
    size = 1
    for found in _PLACEHOLDER.finditer(text):
        pieces.append((text[end : found.start()],))
        pieces.append(("%",) if found[1] is None else _values(found[1], variables))
        size *= len(pieces[-1])
        end = found.end()
    if size > MAX_VALUES:
        raise Refused(f"'{text}' stands for {size} values", f"at most {MAX_VALUES} are taken: use fewer placeholders")
    pieces.append((text[end:],))
    return tuple("".join(parts) for parts in product(*pieces))


def looks_like_placeholder(text: str) -> bool:
    """Whether a value is written as a placeholder as a whole."""
    return _WHOLE.fullmatch(text) is not None


def _values(name: str, variables: Mapping[str, Sequence[str]]) -> Sequence[str]:
    values = variables.get(name, ())
    if not values:
        state = "an empty list" if name in variables else "no value"
        hint = did_you_mean(name, variables) if name not in variables and variables else ""
        fix = f"give it one in the configuration: rules: {{variables: {{{name}: [...]}}}}"
        raise Refused(f"the placeholder %{name}% has {state}", f"{hint} Or {fix}" if hint.startswith("did") else fix)
    return values
