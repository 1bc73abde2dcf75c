"""The `aliases:` of a correlation: one name for a group where its rules have the value in different fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.detect.references import Name
from daemon.detect.yaml_lines import Document, Steps
from daemon.errors import Problem

_FORM = "write name: {rule: field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Which field a name in group-by stands for in the events of each rule, by the rule's name or id."""

    fields: tuple[tuple[Name, str], ...]


def read_aliases(
    document: Document, at: Steps, *, group_by: Sequence[str]
) -> tuple[Mapping[str, Alias], tuple[Problem, ...]]:
    """The aliases by their names."""
    written = document.value["correlation"].get("aliases")
    if written is None:
        return {}, ()
    if not isinstance(written, dict):
        return {}, (document.problem(at, "aliases is not a mapping", _FORM),)
    aliases: dict[str, Alias] = {}
    problems: list[Problem] = []
    for name, mapping in written.items():
        here = (*at, str(name))
        if not _is_sound(mapping):
            problems.append(document.problem(here, f"the alias '{name}' is no mapping of rules to fields", _FORM))
            continue
        if name not in group_by:
            fix = "name it in group-by, or remove it"
            problems.append(document.problem(here, f"the alias '{name}' is not used", fix, is_warning=True))
        aliases[str(name)] = Alias(fields=tuple(_fields(document, here, mapping)))
    return aliases, tuple(problems)


def aliased_fields(document: Document, fields: Sequence[Name], aliases: Mapping[str, Alias]) -> Iterator[Problem]:
    """The faults of a condition that counts the values of an alias."""
    for name in fields:
        if name.text in aliases:
            fix = "name a field that the events of all its rules have"
            yield document.problem_on(name.line, f"'{name.text}' is an alias, and those are for group-by alone", fix)


def _is_sound(mapping: Any) -> bool:
    return isinstance(mapping, dict) and bool(mapping) and all(isinstance(x, str) and x for x in mapping.values())


def _fields(document: Document, at: Steps, mapping: Mapping[Any, str]) -> Iterator[tuple[Name, str]]:
    for rule, path in mapping.items():
        yield Name(text=str(rule), line=document.line_of((*at, str(rule)))), path.strip()
