"""The rules that benchmarks run: the shipped pack, and ten times as many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from daemon.condition import And, Condition, FieldTest, Not, Or, Text, Wildcard
from daemon.detect.load import load_file
from daemon.model import Rule

PACK = Path(__file__).parents[1] / "rules" / "core"


def shipped_rules() -> list[Rule]:
    """The rules of the built-in pack."""
    files = [load_file(str(path), path.read_bytes(), variables={}) for path in sorted(PACK.glob("*.yml"))]
    return [rule for file in files for rule in file.rules]


def with_other_names(rules: list[Rule], times: int) -> list[Rule]:
    """Each rule and its copies on calls of other names: more rules, and no more events that they could match."""
    copies = [_copy(rule, n, _renamed(rule.condition, f"Variant{n}")) for n in range(1, times) for rule in rules]
    return [*rules, *copies]


def on_the_same_calls(rules: list[Rule], times: int) -> list[Rule]:
    """Each rule and copies that match the very same events, each for another reason: the worst that can be added."""
    copies = [
        _copy(rule, n, And(items=(rule.condition, Not(item=_is_region(f"nowhere-{n}")))))
        for n in range(1, times)
        for rule in rules
    ]
    return [*rules, *copies]


def _copy(rule: Rule, number: int, condition: Condition) -> Rule:
    return replace(rule, id=f"{rule.id}-{number}", condition=condition)


def _is_region(name: str) -> FieldTest:
    return FieldTest(field="awsRegion", test=Text(parts=(name,)))


def _renamed(condition: Condition, suffix: str) -> Condition:
    match condition:
        case And(items=items):
            return And(items=tuple(_renamed(item, suffix) for item in items))
        case Or(items=items):
            return Or(items=tuple(_renamed(item, suffix) for item in items))
        case FieldTest(field="eventName" | "userIdentity.type" as field, test=Text(parts=parts) as test):
            literals = tuple(part if isinstance(part, Wildcard) else part + suffix for part in parts)
            return FieldTest(field=field, test=replace(test, parts=literals))
    return condition
