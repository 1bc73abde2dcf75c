"""Filters worked into the conditions of the rules that they are for. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from daemon.condition import And
from daemon.detect.correlations import Unlinked
from daemon.detect.directory import Absent, Directory
from daemon.detect.filters import Filter
from daemon.detect.logsource import PassedOver
from daemon.detect.references import Name
from daemon.detect.refused import Refused
from daemon.errors import Problem
from daemon.model import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Aimed:
    """A filter and the ids of the rules that it is for (None: any), with what is wrong or doubtful about these."""

    filter: Filter
    rule_ids: frozenset[str] | None
    problems: tuple[Problem, ...] = ()


def aim(made: Filter, directory: Directory) -> Aimed:
    """Find the rules that a filter names."""
    if made.rules is None:
        return Aimed(filter=made, rule_ids=None)
    found: set[str] = set()
    problems: list[Problem] = []
    for name in made.rules:
        try:
            target = directory.find(name.text, path=made.path)
            if isinstance(target, Rule):
                found.add(target.id)
            elif isinstance(target, Unlinked):
                raise _correlation_named(name, target)
            elif not (isinstance(target, Absent) and target.is_disabled):
                problems.append(_no_effect(made, name, target))
        except Refused as fault:
            problems.append(Problem(where=f"{made.path}:{name.line}", what=fault.what, fix=fault.fix))
    return Aimed(filter=made, rule_ids=frozenset(found), problems=tuple(problems))


def apply_filters(rules: Iterable[Rule], aimed: Sequence[Aimed]) -> tuple[Rule, ...]:
    """The rules, each with every filter that is for it as one more part of its condition."""
    for_any = [each.filter for each in aimed if each.rule_ids is None]
    by_id: defaultdict[str, list[Filter]] = defaultdict(list)
    for each in aimed:
        for rule_id in each.rule_ids or ():
            by_id[rule_id].append(each.filter)
    return tuple(_filtered(rule, [*for_any, *by_id.get(rule.id, ())]) for rule in rules)


def _filtered(rule: Rule, filters: Sequence[Filter]) -> Rule:
    if not filters:
        return rule
    return replace(rule, condition=And(items=(rule.condition, *(each.condition for each in filters))))


def _correlation_named(name: Name, target: Unlinked) -> Refused:
    rules = ", ".join(reference.text for reference in target.references)
    return Refused(f"'{name.text}' is a correlation, and a filter is for single events", f"name its rules: {rules}")


def _no_effect(made: Filter, name: Name, target: PassedOver | Absent) -> Problem:
    why = f"'{name.text}' is passed over ({target.text})" if isinstance(target, PassedOver) else target.what
    where = f"{made.path}:{name.line}"
    return Problem(where=where, what=f"{why}; the filter has no effect there", is_warning=True)
