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
    """An event of a stream: its record, and for those that look at a living state when its file came (else "")."""

    record: Event
    arrives: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """What a correlation is expected to say once: which one by its name, of which group, which events made it."""

    group: Mapping[str, str]
    events: tuple[str, ...]
    rule: str = "many"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationCase:
    """Rules, correlations and filters (YAML documents divided by `---`), and every firing that a stream must give.

    `quiet` is a stream of which nothing comes. `matches` are what rules tell by themselves besides, where that is the
    point: each as the rule's name and the event's id. `others` are further files in the same folder. With
    `looked_at` the files come one by one to a living state, which is looked at at that time; without it they are a
    history, whose end is that of all windows.
    """

    feature: str
    rules: str
    events: tuple[TimedEvent, ...]
    firings: tuple[Firing, ...]
    quiet: tuple[TimedEvent, ...]
    matches: tuple[tuple[str, str], ...] | None = None
    others: tuple[str, ...] = ()
    looked_at: str = ""
    warns: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterCase:
    """Rules and filters (YAML documents divided by `---`), events that match with the filter, and that it keeps out."""

    feature: str
    rules: str
    matches: tuple[Event, ...]
    kept_out: tuple[Event, ...]
    variables: Variables = field(default_factory=dict)
    others: tuple[str, ...] = ()
    warns: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefusal:
    """Files that are refused by themselves or once they are joined: the line that ends in `# here`, with these words.

    Without such a mark it is the line of the document's own section.
    """

    feature: str
    rules: str
    says: str
    others: tuple[str, ...] = ()
    decision: str = ""


Row = Case | Refusal | PassedOver | CorrelationCase | FilterCase | LinkRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the specification. `is_generated`: its rows are too many to list, and the page sums them up."""

    title: str
    about: str
    rows: tuple[Row, ...]
    is_generated: bool = False
