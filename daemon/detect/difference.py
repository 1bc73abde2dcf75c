"""What an edit of the rules came to: two rule sets in, the changes between them out. Pure.

A snapshot is what is remembered of a rule set from one edit to the next, also over restarts: plain JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from daemon.detect.reload import Reload, RuleState
from daemon.detect.ruleset_digest import head_parts
from daemon.model import Level, Mode


class ChangeKind(StrEnum):
    """What became of a rule or filter, the gravest first: from `edited` on nothing is known to be weakened."""

    REMOVED = "removed"
    DISABLED = "disabled"
    SHADOWED = "put into shadow"
    LOWERED = "level lowered"
    FILTERED = "newly filtered"
    EDITED = "edited"
    RAISED = "level raised"
    UNSHADOWED = "taken out of shadow"
    UNFILTERED = "no longer filtered"
    ADDED = "added"


WEAKENING = (
    ChangeKind.REMOVED,
    ChangeKind.DISABLED,
    ChangeKind.SHADOWED,
    ChangeKind.LOWERED,
    ChangeKind.FILTERED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, of the rule or filter of this title."""

    kind: ChangeKind
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStanding:
    """One rule or correlation in force; `content` differs whenever what it says does."""

    title: str
    level: Level
    mode: Mode
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterStanding:
    """One filter in force, and the ids of the rules that it is for; None: any."""

    title: str
    content: str
    rules: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is in force, by id, and the ids that are disabled."""

    rules: Mapping[str, RuleStanding]
    filters: Mapping[str, FilterStanding] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()


def snapshot_of(told: Reload) -> Snapshot:
    """What one look at the rule files put in force."""
    return Snapshot(
        rules={
            head.id: RuleStanding(
                title=head.title, level=head.level, mode=head.options.mode, content=_sum(head_parts(head))
            )
            for head in (*told.rules, *told.correlations)
        },
        filters={
            aimed.filter.id: FilterStanding(
                title=aimed.filter.title,
                content=aimed.filter.digest[:16],
                rules=None if aimed.rule_ids is None else tuple(sorted(aimed.rule_ids)),
            )
            for aimed in told.filters
        },
        disabled=frozenset(entry.id for entry in told.entries if entry.state is RuleState.DISABLED),
    )


def differences(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Every change, the gravest first and then by title."""
    found = [*_of_rules(before, after), *_of_filters(before, after)]
    order = list(ChangeKind)
    return tuple(sorted(found, key=lambda change: (order.index(change.kind), change.title)))


def _of_rules(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for rule_id, old in before.rules.items():
        if rule_id not in after.rules:
            kind = ChangeKind.DISABLED if rule_id in after.disabled else ChangeKind.REMOVED
            yield Change(kind=kind, title=old.title, detail=str(old.level))
    for rule_id, new in after.rules.items():
        known = before.rules.get(rule_id)
        if known is None:
            shadow = ", in shadow" if new.mode is Mode.SHADOW else ""
            yield Change(kind=ChangeKind.ADDED, title=new.title, detail=f"{new.level}{shadow}")
        elif known != new:
            yield from _of_rule(known, new)


def _of_rule(old: RuleStanding, new: RuleStanding) -> Iterator[Change]:
    if old.mode is not new.mode:
        kind = ChangeKind.SHADOWED if new.mode is Mode.SHADOW else ChangeKind.UNSHADOWED
        yield Change(kind=kind, title=new.title, detail=str(new.level))
    if old.level is not new.level:
        kind = ChangeKind.LOWERED if new.level.rank < old.level.rank else ChangeKind.RAISED
        yield Change(kind=kind, title=new.title, detail=f"{old.level} to {new.level}")
    if (old.level, old.mode) == (new.level, new.mode):
        yield Change(kind=ChangeKind.EDITED, title=new.title, detail=str(new.level))


def _of_filters(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for filter_id, new in after.filters.items():
        old = before.filters.get(filter_id)
        if old is None or old != new:
            how = "a new filter" if old is None else "an edited filter"
            yield Change(kind=ChangeKind.FILTERED, title=new.title, detail=f"{how} for {_for(new, after)}")
    for filter_id, gone in before.filters.items():
        if filter_id not in after.filters:
            detail = f"a filter for {_for(gone, before)} is gone"
            yield Change(kind=ChangeKind.UNFILTERED, title=gone.title, detail=detail)


def _for(standing: FilterStanding, snapshot: Snapshot) -> str:
    if standing.rules is None:
        return "every rule"
    titles = [snapshot.rules[each].title if each in snapshot.rules else each for each in standing.rules]
    return ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "") or "no rule"


def _sum(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def write_snapshot(snapshot: Snapshot) -> str:
    """A snapshot as text."""
    return json.dumps(
        {
            "rules": {key: [each.title, each.level, each.mode, each.content] for key, each in snapshot.rules.items()},
            "filters": {key: [each.title, each.content, each.rules] for key, each in snapshot.filters.items()},
            "disabled": sorted(snapshot.disabled),
        },
        sort_keys=True,
    )


def read_snapshot(text: str) -> Snapshot:
    """What `write_snapshot` wrote. Raises ValueError, KeyError, TypeError for anything else."""
    said = json.loads(text)
    return Snapshot(
        rules={
            key: RuleStanding(title=title, level=Level(level), mode=Mode(mode), content=content)
            for key, (title, level, mode, content) in said["rules"].items()
        },
        filters={
            key: FilterStanding(title=title, content=content, rules=None if rules is None else tuple(rules))
            for key, (title, content, rules) in said["filters"].items()
        },
        disabled=frozenset(said["disabled"]),
    )
