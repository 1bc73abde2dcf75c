"""Finds the values that YAML 1.1 turns into something else than their writer meant: such rules load and never match.

Works on nodes, since the values no longer show what stood in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from daemon.detect.modifiers import KINDS, Kind

NUMERIC_MODIFIERS = frozenset(name for name, kind in KINDS.items() if kind in (Kind.COMPARISON, Kind.TIME))
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_LARGEST_EXACT = 2**53

Finding = tuple[int, str, str, bool]  # line, what, fix, is_warning


def find_traps(node: yaml.Node, *, is_event: bool = False) -> Iterator[Finding]:
    """The trapped values below a node. In a test's event, any plain number is meant as such."""
    yield from _walk(node, _Meant(is_number=is_event, is_event=is_event), set())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """What the keys above a value say about how it is meant."""

    is_number: bool
    is_event: bool
    is_boolean: bool = False

    def below(self, key: yaml.Node) -> _Meant:
        if self.is_event or not isinstance(key, yaml.ScalarNode):
            return self
        modifiers = key.value.split("|")[1:]
        is_number = not NUMERIC_MODIFIERS.isdisjoint(modifiers)
        return _Meant(is_number=is_number, is_event=False, is_boolean="exists" in modifiers)


def _walk(node: yaml.Node, meant: _Meant, seen: set[int]) -> Iterator[Finding]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _key_trap(key)
            yield from _walk(value, meant.below(key), seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _walk(item, meant, seen)
    elif isinstance(node, yaml.ScalarNode):
        yield from _scalar_trap(node, meant)


def _key_trap(key: yaml.Node) -> Iterator[Finding]:
    kind = _kind(key)
    if isinstance(key, yaml.ScalarNode) and kind not in ("str", "merge"):
        line = key.start_mark.line + 1
        yield (
            line,
            f"YAML reads the unquoted key {key.value} as {_NOUNS.get(kind, kind)}",
            f"write '{key.value}'",
            False,
        )


def _scalar_trap(node: yaml.ScalarNode, meant: _Meant) -> Iterator[Finding]:
    line, text, kind = node.start_mark.line + 1, node.value, _kind(node)
    became = _became(kind, text, meant)
    if became:
        yield line, f"YAML reads the unquoted {text} as {became}", f"write '{text}'", False
    elif kind == "null" and text == "" and not meant.is_event:
        yield (
            line,
            "no value stands here, which means null",
            "write null if that is meant, or '' for an empty text",
            True,
        )


def _became(kind: str, text: str, meant: _Meant) -> str:
    if kind == "bool" and not meant.is_boolean and text.casefold() not in ("true", "false"):
        return f"the boolean {str(text.casefold() in ('yes', 'on', 'y')).lower()}"
    if kind == "timestamp":
        return "a date"
    if kind in ("int", "float"):
        return _number_trap(kind, text, meant)
    return ""


def _number_trap(kind: str, text: str, meant: _Meant) -> str:
    if kind == "float" and text.lstrip("+-.").casefold() in ("inf", "nan"):
        return "a number without a value"
    number = _construct(text)
    if ":" in text:
        return f"the number {number} (counted in sixties)"
    if kind == "int" and _OCTAL.fullmatch(text):
        return f"the number {number} (octal, because of the leading zero)"
    if abs(number) > _LARGEST_EXACT and not meant.is_event:
        return "a number too large to be compared exactly"
    shortest = str(int(number)) if number == int(number) else str(number)
    return "" if meant.is_number or shortest == text else f"the number {shortest}"


def _construct(text: str) -> Any:
    return yaml.safe_load(text)


def _kind(node: yaml.Node) -> str:
    return str(node.tag).rpartition(":")[2]


_NOUNS = {"bool": "a boolean", "int": "a number", "float": "a number", "null": "null", "timestamp": "a date"}
