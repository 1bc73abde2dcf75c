"""Finds what a dotted path means in a record: the one place that settles paths, arrays and leaves.

* A path walks objects part by part; a literal key that itself holds dots is one more candidate at every level.
* An array met inside a path is walked through each of its members, at any depth of nesting.
* `derived.principal` is who really acts (`trail.identity`), not a key of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from daemon.trail.identity import resolve_actor

PRINCIPAL = "derived.principal"

Scalar = str | int | float | bool
Resolver = Callable[[Mapping[str, Any]], list[Any]]
_Steps = tuple[tuple[str, Any], ...]  # (key, the steps that follow it; None at the end)


def resolve(record: Mapping[str, Any], path: str) -> list[Any]:
    """Every value that stands at the path, containers unopened and nulls included; empty when it is missing."""
    return compile_path(path)(record)


@lru_cache(maxsize=4096)
def compile_path(path: str) -> Resolver:
    """`resolve` for one path, prepared once."""
    if path == PRINCIPAL:
        return lambda record: [resolve_actor(record).principal]
    parts = path.split(".")
    if len(parts) == 1:
        return lambda record: [record[path]] if path in record else []
    steps = _steps(parts)
    *above, last = parts
    # Nearly every record has plain objects all the way down, and no key with dots.
    plain = [(part, [key for key, _ in here[1:]]) for part, here in zip(above, steps, strict=False)]

    def resolver(record: Mapping[str, Any]) -> list[Any]:
        node: Any = record
        for part, dotted in plain:
            for key in dotted:
                if key in node:
                    return _walk(record, steps[0])
            node = node.get(part)
            if not isinstance(node, dict):
                return _walk(record, steps[0]) if isinstance(node, list) else []
        return [node[last]] if last in node else []

    return resolver


def _steps(parts: list[str]) -> list[_Steps]:
    """For each part what may be stepped to from there: it, or a key of it and the following ones with dots."""
    steps: list[_Steps] = []
    for start in reversed(range(len(parts))):
        ends = range(start + 1, len(parts) + 1)
        steps.insert(0, tuple((".".join(parts[start:end]), (*steps, None)[end - start - 1]) for end in ends))
    return steps


def _walk(record: Mapping[str, Any], steps: _Steps) -> list[Any]:
    """Every way to go; a loop, since records may nest deeper than Python recurses."""
    found: list[Any] = []
    todo: list[tuple[Any, _Steps]] = [(record, steps)]
    while todo:
        node, following = todo.pop()
        if isinstance(node, dict):
            for key, further in following:
                if key in node and further is None:
                    found.append(node[key])
                elif key in node:
                    todo.append((node[key], further))
        elif isinstance(node, list):
            todo += [(member, following) for member in reversed(node)]
    return found


def scalars(values: list[Any]) -> Iterator[Any]:
    """The members of `values` with arrays opened at any depth: scalars, nulls and objects, in order."""
    todo = values[::-1]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value[::-1]
        else:
            yield value


def texts(values: list[Any]) -> Iterator[str]:
    """Every text that a string test looks at.

    A scalar gives its own text, null none. An object or a non-empty array gives its compact JSON text and each
    string leaf within; scalars that are members of an array give theirs.
    """
    for value in values:
        if isinstance(value, dict | list):
            if value != []:  # an empty array holds nothing, not even for `*`
                yield json_text(value)
            yield from map(text_of, _text_leaves(value))
        elif value is not None:
            yield text_of(value)


def _text_leaves(container: dict[str, Any] | list[Any]) -> Iterator[Any]:
    members = scalars(container) if isinstance(container, list) else iter((container,))
    for member in members:
        if isinstance(member, dict):
            yield from (leaf for _, leaf in leaves(member) if isinstance(leaf, str))
        elif member is not None:
            yield member


def leaves(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every scalar of a record (null too) with its dotted path; members of arrays share their array's path."""
    todo: list[tuple[str, Any]] = [(key, value) for key, value in reversed(list(record.items()))]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            todo += [(f"{path}.{key}", inner) for key, inner in reversed(list(value.items()))]
        elif isinstance(value, list):
            todo += [(path, inner) for inner in reversed(value)]
        else:
            yield path, value


def text_of(scalar: Scalar) -> str:
    """A scalar as text: itself, `true`/`false`, or the number as JSON writes it."""
    if isinstance(scalar, str):
        return scalar
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    return str(scalar) if isinstance(scalar, int) else json_text(scalar)


def json_text(value: Any) -> str:
    """The compact JSON text of a value."""
    return msgspec.json.encode(value).decode()
