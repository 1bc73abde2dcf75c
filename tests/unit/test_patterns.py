"""No pattern that Python's own engine runs over a log file or a rule can take exponential time.

Users' patterns run in RE2; what is left are ours. A repetition may stand inside another only where each turn of the
outer one begins with a character that must be there, or where nothing is given back (possessive, atomic).
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]  # the engine's own parser, which has no public name
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import Any

import pytest

import daemon.detect
import daemon.trail

_SAFE = {"daemon.trail.template._TOKEN"}  # what it repeats is told apart by its brackets, and these must close
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


def _patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    for package in (daemon.detect, daemon.trail):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(info.name)).items():
                for pattern in _within(value):
                    found[f"{info.name}.{name} {pattern.pattern!r:.40}"] = pattern
    return found


def _within(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _within(inner)


def _runs_away(tree: Any, *, is_repeated: bool = False) -> bool:
    for code, argument in tree:
        if code in _REPEATS:
            _, most, body = argument
            is_open = most > 1_000
            if is_open and is_repeated:
                return True
            if _runs_away(body, is_repeated=is_repeated or (is_open and not _begins_surely(body))):
                return True
        elif code not in (codes.POSSESSIVE_REPEAT, codes.ATOMIC_GROUP) and any(
            _runs_away(inner, is_repeated=is_repeated) for inner in _trees(argument)
        ):
            return True
    return False


def _begins_surely(body: Any) -> bool:
    code, argument = body[0]
    if code is codes.SUBPATTERN:
        return _begins_surely(argument[-1])
    return code in (codes.LITERAL, codes.NOT_LITERAL, codes.IN) and len(body) > 1


def _trees(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for inner in argument:
            yield from _trees(inner)


@pytest.mark.parametrize("name", sorted(_patterns()))
def test_no_pattern_repeats_a_repetition(name: str) -> None:
    pattern = _patterns()[name]
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    assert name.partition(" ")[0] in _SAFE or not _runs_away(parser.parse(pattern.pattern, flags))


@pytest.mark.parametrize("text", [r"(a+)+$", r"(?:\w*\s*)*x", r"(a*)*", r"((ab*)?c*)*"])
def test_the_check_knows_patterns_that_run_away(text: str) -> None:
    assert _runs_away(parser.parse(text))


@pytest.mark.parametrize("text", [r'"[^"\\]*(?:\\.[^"\\]*)*"', r"(?:\w++\s*+)*+", r"[0-9]{1,300}(\.[0-9]+)?"])
def test_the_check_lets_patterns_pass_that_do_not(text: str) -> None:
    assert not _runs_away(parser.parse(text))
