"""pySigma's own reading of a whole rule, leaf by leaf, against ours: the two must never say different things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sigma.collection import SigmaCollection
from sigma.conditions import ConditionAND, ConditionItem, ConditionNOT
from sigma.rule import SigmaRule
from sigma.types import SigmaString, SpecialChars

from daemon.condition import And, Condition, FieldTest, Keyword, Not, Or, Text, Wildcard
from daemon.detect.folders import builtin_folder
from daemon.detect.load import load_file
from tests.doubles.rule_text import rule_text

SHIPPED = sorted(builtin_folder().rglob("*.yml"))
DETECTIONS = [
    "a: {eventName: [A, B], errorCode|contains|all: [x, y]}\nb: {readOnly: false}\ncondition: a and not b",
    "a_1: [{eventName: A}, {eventName|startswith: B, eventSource: c}]\na_2: {eventID: 5}\ncondition: all of a_*",
    "a: {eventName|neq: A}\nb: {userAgent|re|i: x.*y}\n_c: {eventID: d}\ncondition: a or not (b and not _c)",
]


def ours(condition: Condition) -> Any:
    match condition:
        case And(items=items):
            return ("and", *map(ours, items))
        case Or(items=items):
            return ("or", *map(ours, items))
        case Not(item=item):
            return ("not", ours(item))
        case FieldTest(field=name, test=Text(parts=parts)):
            return name, "".join(part.value if isinstance(part, Wildcard) else part for part in parts)
        case FieldTest(field=name):
            return name
        case Keyword():
            return "keyword"


def theirs(node: Any) -> Any:
    if isinstance(node, ConditionNOT):
        return ("not", theirs(node.args[0]))
    if isinstance(node, ConditionItem):
        return ("and" if isinstance(node, ConditionAND) else "or", *map(theirs, node.args))
    if not hasattr(node, "field"):
        return "keyword"
    if isinstance(node.value, SigmaString):
        return node.field, "".join(_part(part) for part in node.value.s)
    return node.field


def _part(part: Any) -> str:
    return {SpecialChars.WILDCARD_MULTI: "*", SpecialChars.WILDCARD_SINGLE: "?"}.get(part) or str(part)


def _their_conditions(content: bytes) -> Iterator[Any]:
    (rule,) = SigmaCollection.from_yaml(content.decode()).rules
    assert isinstance(rule, SigmaRule)
    for condition in rule.detection.parsed_condition:
        yield theirs(condition.parsed)


def agree(content: bytes) -> bool:
    (rule,) = load_file("x.yml", content, variables={}).rules
    (expected,) = _their_conditions(content)
    return bool(ours(rule.condition) == expected)


@pytest.mark.parametrize("detection", DETECTIONS)
def test_we_read_a_rule_as_pysigma_does(detection: str) -> None:
    assert agree(rule_text(detection))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_we_read_each_shipped_rule_as_pysigma_does(path: Path) -> None:
    assert agree(path.read_bytes())
