"""Names that a correlation or filter gives to rules and fields: as written, each with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.detect.yaml_lines import Document, Steps
from daemon.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name that stands in a file, and on which line."""

    text: str
    line: int


def read_names(document: Document, at: Steps, written: Any) -> tuple[tuple[Name, ...], tuple[Problem, ...]]:
    """A text or a list of texts, none of them twice; nothing and an empty list are none."""
    items = [] if written is None else written if isinstance(written, list) else [written]
    is_list = isinstance(written, list)
    names: list[Name] = []
    problems: list[Problem] = []
    for number, item in enumerate(items):
        steps = (*at, number) if is_list else at
        if isinstance(item, str) and item.strip():
            names.append(Name(text=item.strip(), line=document.line_of(steps)))
        else:
            what = f"{'.'.join(map(str, at))} takes names, and '{item}' is none"
            problems.append(document.problem(steps, what, "write a text, or a list of texts"))
    return tuple(names), (*problems, *_doubled(document, names))


def _doubled(document: Document, names: Sequence[Name]) -> Iterator[Problem]:
    for text, count in Counter(name.text for name in names).items():
        if count > 1:
            line = [name.line for name in names if name.text == text][-1]
            yield document.problem_on(line, f"'{text}' stands twice", "name it once")
