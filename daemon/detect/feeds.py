"""Rules and correlations told what they count for: bases by their ids in, each with its feeds out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from daemon.model import Correlation, Feed, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """Rules and correlations that know what they count for; `referred` are the ids of those that count for anything."""

    rules: tuple[Rule, ...]
    correlations: tuple[Correlation, ...]
    referred: frozenset[str]


def feed(rules: Sequence[Rule], correlations: Sequence[Correlation], *, silent: Set[str]) -> Fed:
    """Join them, lower correlations first. They have bases and go in no circle; ids in `silent` alert nobody."""
    uppers: defaultdict[str, list[tuple[Correlation, int]]] = defaultdict(list)
    for correlation in correlations:
        for number, base in enumerate(correlation.bases):
            uppers[base.rule_id].append((correlation, number))
    made: dict[str, Correlation] = {}

    def finish(correlation: Correlation) -> Correlation:  # those above first, since it holds them
        if correlation.id not in made:
            made[correlation.id] = replace(correlation, feeds=feeds(correlation.id), is_silent=correlation.id in silent)
        return made[correlation.id]

    def feeds(rule_id: str) -> tuple[Feed, ...]:
        return tuple(Feed(correlation=finish(upper), base=number) for upper, number in uppers.get(rule_id, ()))

    def fed(rule: Rule) -> Rule:
        if rule.id not in uppers and rule.id not in silent:
            return rule
        return replace(rule, feeds=feeds(rule.id), is_silent=rule.id in silent)

    ordered = tuple(map(finish, _lower_first(correlations)))
    return Fed(rules=tuple(map(fed, rules)), correlations=ordered, referred=frozenset(uppers))


def _lower_first(correlations: Sequence[Correlation]) -> list[Correlation]:
    """Each behind those that are bases of it, and otherwise in the order given."""
    by_id = {correlation.id: correlation for correlation in correlations}
    ordered: dict[str, Correlation] = {}

    def place(correlation: Correlation) -> None:
        for base in correlation.bases:
            if base.rule_id in by_id and base.rule_id not in ordered:
                place(by_id[base.rule_id])
        ordered[correlation.id] = correlation

    for correlation in correlations:
        place(correlation)
    return list(ordered.values())
