"""The rules that benchmarks run: the shipped pack, sixty more of the usual kinds, and many more made of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from daemon.condition import And, Condition, FieldTest, Not, Or, Text, Wildcard
from daemon.detect.load import load_file
from daemon.model import Rule

PACK = Path(__file__).parents[1] / "rules" / "core"
FURTHER = Path(__file__).with_name("pack.yml")
_HEAD: dict[str, Any] = {
    "status": "test",
    "description": "One of the rules that only benchmarks run.",
    "author": "Trailwarden",
    "date": "2026-03-01",
    "tags": ["attack.persistence", "attack.t1098"],
    "logsource": {"product": "aws", "service": "cloudtrail"},
    "falsepositives": ["Those who maintain the account"],
    "level": "medium",
}


def shipped_rules() -> list[Rule]:
    """The rules of the built-in pack."""
    return _loaded((str(path), path.read_bytes()) for path in sorted(PACK.glob("*.yml")))


def pack_files(count: int, *, kind: str = "detections") -> Iterator[tuple[str, bytes]]:
    """Rule files, one rule each: those of pack.yml, and from there on the same again that ask for other things."""
    templates = _templates(kind)
    for number in range(count):
        turn, place = divmod(number, len(templates))
        head = f"title: Benchmark {kind} {number}\nid: 00000000-0000-4000-8000-{len(kind):02}{number:010}\n"
        text = head + templates[place].replace("~", str(turn) if turn else "")
        yield f"rules/{kind}-{number:05}.yml", text.encode()


def pack_rules(count: int, *, kind: str = "detections") -> list[Rule]:
    """These files' rules."""
    return _loaded(pack_files(count, kind=kind))


@cache
def _templates(kind: str) -> list[str]:
    detections = yaml.safe_load(FURTHER.read_text())[kind]
    return [yaml.safe_dump({**_HEAD, "detection": one}, sort_keys=False) for one in detections]


def _loaded(files: Iterable[tuple[str, bytes]]) -> list[Rule]:
    loaded = [load_file(path, content, variables={}) for path, content in files]
    problems = [str(problem) for file in loaded for problem in file.problems if not problem.is_warning]
    if problems:
        raise SystemExit("\n".join(problems))
    return [rule for file in loaded for rule in file.rules]


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
