"""A second evaluator of single fields, written from the issue's sentences alone: slow, plain, and nothing of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address, ip_network
from typing import Any

Record = dict[str, Any]


def expected(field: str, modifiers: list[str], wanted: list[Any], record: Record) -> bool:
    """Whether `field|modifiers: wanted` says yes to a record."""
    values = list(at(record, field.split(".")))
    answers = [one(modifiers, each, values, record) for each in wanted]
    answer = all(answers) if "all" in modifiers else any(answers)
    return not answer if "neq" in modifiers else answer


def at(node: Any, parts: list[str]) -> Iterator[Any]:
    if not parts:
        yield node
    elif isinstance(node, list):
        for member in node:
            yield from at(member, parts)
    elif isinstance(node, dict):
        for end in range(1, len(parts) + 1):
            key = ".".join(parts[:end])
            if key in node:
                yield from at(node[key], parts[end:])


def flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for member in value:
            yield from flat(member)
    else:
        yield value


def strings_within(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_within(inner)
    elif isinstance(value, str):
        yield value


def as_text(scalar: Any) -> str:
    return scalar if isinstance(scalar, str) else json.dumps(scalar)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        if value != []:
            yield json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        yield from strings_within(value)
        yield from (as_text(leaf) for leaf in flat(value) if isinstance(leaf, int | float))
    elif value is not None:
        yield as_text(value)


def pattern(written: str) -> list[tuple[str, bool]]:
    """Characters, each with whether it is a wildcard; a backslash makes `*`, `?` and itself plain."""
    found, place = [], 0
    while place < len(written):
        if written[place] == "\\" and written[place + 1 : place + 2] in ("*", "?", "\\"):
            found.append((written[place + 1], False))
            place += 2
        else:
            found.append((written[place], written[place] in "*?"))
            place += 1
    return found


def fold(found: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    return [(letter, is_wild) for text, is_wild in found for letter in (text if is_wild else text.casefold())]


def fits(wanted: list[tuple[str, bool]], text: str) -> bool:
    reached = {0}
    for letter, is_wild in wanted:
        if is_wild and letter == "*":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            reached = {n + 1 for n in reached if n < len(text) and (is_wild or text[n] == letter)}
    return len(text) in reached


def number(leaf: Any) -> Decimal | None:
    if isinstance(leaf, bool) or not isinstance(leaf, int | float | str):
        return None
    try:
        found = Decimal(str(leaf))
    except InvalidOperation:
        return None
    return found if found.is_finite() and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", str(leaf)) else None


def one(modifiers: list[str], wanted: Any, values: list[Any], record: Record) -> bool:
    """Whether one value of a rule, behind these modifiers, says yes to what stands in its field."""
    if "exists" in modifiers:
        return bool(values) is wanted
    leaves = [leaf for value in values for leaf in flat(value)]
    if wanted is None:
        return all(leaf is None for leaf in leaves)
    return any(of_leaf(modifiers, wanted, leaf) for leaf in leaves) or any(
        of_text(modifiers, wanted, text, record) for value in values for text in texts(value)
    )


def of_leaf(modifiers: list[str], wanted: Any, leaf: Any) -> bool:
    comparison = next((name for name in ("gte", "gt", "lte", "lt") if name in modifiers), "eq")
    if "cidr" in modifiers:
        return inside(leaf, wanted)
    if "hour" in modifiers:
        return (hour := hour_of(leaf)) is not None and related(comparison, hour, wanted)
    if comparison != "eq":
        return (found := number(leaf)) is not None and related(comparison, found, Decimal(wanted))
    if isinstance(wanted, bool):
        return leaf is wanted or (isinstance(leaf, str) and leaf.casefold() == str(wanted).casefold())
    if isinstance(wanted, int):
        return leaf == str(wanted) or (isinstance(leaf, int | float) and not isinstance(leaf, bool) and leaf == wanted)
    return False


def of_text(modifiers: list[str], wanted: Any, text: str, record: Record) -> bool:
    if not isinstance(wanted, str) or "cidr" in modifiers:
        return False
    if "re" in modifiers:
        flags = sum(getattr(re, name.upper()) for name in ("i", "m", "s") if name in modifiers)
        return re.search(wanted, text, flags) is not None
    folded = str if "cased" in modifiers else str.casefold
    if "fieldref" in modifiers:
        others = [other for value in at(record, wanted.split(".")) for other in texts(value)]
        return any(anchored(modifiers, folded(text), folded(other)) for other in others)
    parts = [("*", True)] if {"contains", "endswith"} & set(modifiers) else []
    parts += pattern(wanted)
    parts += [("*", True)] if {"contains", "startswith"} & set(modifiers) else []
    return fits(parts if "cased" in modifiers else fold(parts), folded(text))


def anchored(modifiers: list[str], text: str, other: str) -> bool:
    if "contains" in modifiers:
        return other in text
    if "startswith" in modifiers:
        return text.startswith(other)
    return text.endswith(other) if "endswith" in modifiers else text == other


def related(name: str, found: Any, wanted: Any) -> bool:
    order = (found > wanted) - (found < wanted)
    return order in {"eq": (0,), "lt": (-1,), "lte": (-1, 0), "gt": (1,), "gte": (1, 0)}[name]


def inside(leaf: Any, network: str) -> bool:
    try:
        address = ip_address(leaf) if isinstance(leaf, str) else None
    except ValueError:
        return False
    if address is None:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any(
        one.version == ip_network(network).version and one in ip_network(network) for one in (address, mapped) if one
    )


def hour_of(leaf: Any) -> int | None:
    try:
        return datetime.strptime(leaf, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC).hour if isinstance(leaf, str) else None
    except ValueError:
        return None
