"""What a row of the conformance table is: a rule with events that it must and must not match, or a refusal.

The table is data. `test_cases.py` runs it, `page.py` makes docs/sigma.md of it; to add to the suite, add a row to the
section's module, or a module with a `SECTION` to `table.py`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.rule_text import rule_text

Event = Mapping[str, Any]
Variables = Mapping[str, list[str]]


def as_file(rule: str) -> bytes:
    """A rule file: a whole document (it has a `title:`), a detection (it has a `condition:`), or one field's line."""
    if rule.startswith("title:"):
        return textwrap.dedent(rule).encode()
    if "condition:" in rule:
        return rule_text(rule)
    return rule_text(f"selection:\n  {rule}\ncondition: selection")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A rule that is taken. `warns` are words of the warning it gets, where it is doubtful.

    `decision` says what was decided where the specification leaves something open or tools differ, and why.
    """

    feature: str
    rule: str
    matches: tuple[Event, ...]
    misses: tuple[Event, ...]
    decision: str = ""
    warns: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A rule that is refused on a line, with these words. A field's line by itself is line 7 of its file."""

    feature: str
    rule: str
    says: str
    line: int = 7
    decision: str = ""
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A rule that is left aside on purpose, for a reason that `rules list` shows with these words."""

    feature: str
    rule: str
    says: str
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedEvent:
    """An event of a stream: its id, when it happened and what else its record holds."""

    id: str
    at: str
    record: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """What a correlation is expected to say once: of which group, and which events made it."""

    group: Mapping[str, str]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationCase:
    """Rules and correlations (YAML documents divided by `---`), a stream of events, and every firing it must give."""

    feature: str
    rules: str
    events: tuple[TimedEvent, ...]
    firings: tuple[Firing, ...]
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterCase:
    """Rules and filters (YAML documents divided by `---`), events that match with the filter, and that it keeps out."""

    feature: str
    rules: str
    matches: tuple[Event, ...]
    kept_out: tuple[Event, ...]
    decision: str = ""


Row = Case | Refusal | PassedOver | CorrelationCase | FilterCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the specification. `is_generated`: its rows are too many to list, and the page sums them up."""

    title: str
    about: str
    rows: tuple[Row, ...]
    is_generated: bool = False
