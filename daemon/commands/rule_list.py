"""`rules list`: every rule with its state, what it says of itself, and which events it is asked about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daemon.commands.indexed import names_in_words, shortened
from daemon.commands.tables import print_json, print_line, print_rows, terminal_width
from daemon.config import RulesConfig
from daemon.detect.indexed import IndexedUnder, OnEveryEvent, describe_index
from daemon.detect.reload import RuleEntry, RuleKind, RuleState
from daemon.detect.rulebook import RuleBook
from daemon.detect.ruleset import RuleSet
from daemon.detect.undecodable import UNDECODABLE
from daemon.model import Mode, Rule, RuleHead
from daemon.notify.attack import techniques
from daemon.ports import RuleMemory, StoredRuleFile

_BUILT_IN = "built_in"
_ALWAYS = "always in force: raised for records that no rule can look at"
_NOT_AS_WRITTEN = (RuleState.REFUSED, RuleState.LAST_GOOD)
_SHORT_ID = 8  # letters; a beginning is enough for `rules explain`


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What a table shows where there is so much room; of names and techniques so many, and the rest as a count."""

    columns: tuple[str, ...]
    most: int
    has_short_ids: bool = True


_EVERYWHERE = _Layout(
    columns=(
        *("state", "level", "mode", "kind", "status", "id", "title"),
        *("techniques", "indexed under", "path", "reason"),
    ),
    most=10,
    has_short_ids=False,
)
_LAYOUTS = {  # by the columns of a terminal, at least; reasons stand below the table there
    160: _Layout(
        columns=("state", "level", "mode", "kind", "status", "id", "title", "techniques", "indexed under", "path"),
        most=4,
    ),
    120: _Layout(columns=("state", "level", "kind", "status", "id", "title", "techniques", "indexed under"), most=2),
    0: _Layout(columns=("state", "level", "kind", "title", "indexed under"), most=2),
}


class ReadOnlyMemory:
    """A memory that is read and never written: a list changes nothing."""

    def __init__(self, memory: RuleMemory) -> None:
        self._memory = memory

    def rule_files(self) -> dict[str, StoredRuleFile]:
        """The stored versions by path."""
        return self._memory.rule_files()

    def keep_rule_files(self, *, keep: Sequence[StoredRuleFile], forget: Iterable[str]) -> None:
        """Nothing is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line: an entry, its rule where it is known, and where that stands in the index."""

    entry: RuleEntry
    state: str
    place: IndexedUnder | OnEveryEvent | None = None


def list_rules(config: RulesConfig, *, memory: RuleMemory | None, now: datetime, as_json: bool) -> int:
    """Print every rule with its state; 1 when a file is not in force as it stands."""
    told = RuleBook(config, ReadOnlyMemory(memory) if memory else None).reload(now=now)
    fields = RuleSet(told.rules).fields
    rows = [_Row(entry=entry, state=entry.state, place=_place(entry, fields)) for entry in told.entries]
    rows.append(_Row(entry=_built_in(), state=_BUILT_IN))
    if as_json:
        print_json(list(map(_as_json, rows)))
    else:
        _print_table(rows)
        counts = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in told.counts.items())
        print_line(f"{counts}; 1 built in")
    return int(any(entry.state in _NOT_AS_WRITTEN for entry in told.entries))


def _built_in() -> RuleEntry:
    rule = UNDECODABLE
    return RuleEntry(
        state=RuleState.LOADED,
        path=rule.path,
        kind=RuleKind.RULE,
        id=rule.id,
        title=rule.title,
        level=rule.level,
        mode=rule.options.mode,
        reason=_ALWAYS,
        rule=rule,
    )


def _place(entry: RuleEntry, fields: tuple[str, ...]) -> IndexedUnder | OnEveryEvent | None:
    """Where a rule that is in force stands in the index."""
    is_asked = isinstance(entry.rule, Rule) and entry.state is not RuleState.DISABLED
    return describe_index(entry.rule.condition, fields) if is_asked and isinstance(entry.rule, Rule) else None


def _print_table(rows: Sequence[_Row]) -> None:
    width = terminal_width()
    layout = _EVERYWHERE if width is None else next(_LAYOUTS[least] for least in _LAYOUTS if width >= least)
    cells = [_cells(row, layout) for row in rows]
    print_rows(layout.columns, [[row[column] for column in layout.columns] for row in cells], as_json=False)
    for row in rows:
        if row.entry.reason and "reason" not in layout.columns:
            print_line(f"{row.state}: {row.entry.title or row.entry.path}: {row.entry.reason}")


def _cells(row: _Row, layout: _Layout) -> dict[str, object]:
    entry, rule = row.entry, row.entry.rule
    is_shadow = entry.mode is Mode.SHADOW and "mode" not in layout.columns
    return {
        "state": row.state,
        "level": entry.level,
        "mode": entry.mode,
        "kind": f"{row.entry.kind or ''}{' (shadow)' if is_shadow else ''}",
        "status": rule.status if rule else "",
        "id": entry.id[:_SHORT_ID] if layout.has_short_ids else entry.id,
        "title": entry.title or (entry.path if "path" not in layout.columns else ""),
        "techniques": shortened(_techniques(rule), most=layout.most),
        "indexed under": names_in_words(row.place, most=layout.most, is_bare=True) if row.place else "",
        "path": entry.path,
        "reason": entry.reason,
    }


def _as_json(row: _Row) -> dict[str, Any]:
    entry, rule, place = row.entry, row.entry.rule, row.place
    under = {field: list(texts) for field, texts in place.literals} if isinstance(place, IndexedUnder) else None
    return {
        "state": row.state,
        "level": entry.level,
        "mode": entry.mode,
        "kind": row.entry.kind,
        "status": rule.status if rule else None,
        "id": entry.id,
        "title": entry.title,
        "techniques": _techniques(rule),
        "indexed_under": under,
        "on_every_event": place.reason if isinstance(place, OnEveryEvent) else None,
        "path": entry.path,
        "reason": entry.reason,
    }


def _techniques(rule: RuleHead | None) -> list[str]:
    return [technique.id for technique in techniques(rule.tags)] if rule else []
