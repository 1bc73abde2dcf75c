"""What is remembered to be fast stays small, whatever the records hold; and forgetting never changes an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest

from daemon.detect.columns import LONGEST_KEPT, Columns
from daemon.detect.index import collect_tests
from daemon.detect.ruleset import RuleSet
from tests.doubles.conditions import ODD_PATHS, any_of, field, rule

AGENTS = [field("userAgent", f"*{letter}*") for letter in "abcdefghij"]


def _agents(count: int) -> Iterator[bytes]:
    rng = Random(1)
    for _ in range(count):
        letters = "".join(letter for letter in "abcdefghij" if rng.random() < 0.5)
        yield b'{"userAgent":"%b","eventName":"%d"}' % (letters.encode(), rng.randrange(1_000))


CONDITIONS = [*AGENTS, field("eventName", "7"), field("sourceIPAddress", "*x*")]
RULES = [rule(condition, str(number)) for number, condition in enumerate(CONDITIONS)]
RAWS = list(_agents(1_500))


@cache
def _each_by_itself() -> list[tuple[str, bytes]]:
    """What each rule finds in each record, when nothing was seen before."""
    return sorted((one.id, raw) for one in RULES for raw in RAWS if RuleSet([one]).evaluate_records([raw]).hits)


@pytest.mark.parametrize("memory", [1, 2, 7, 50_000])
def test_forgetting_what_was_remembered_changes_no_answer(memory: int) -> None:
    content = b'{"Records":[%b]}' % b",".join(RAWS)
    hits = RuleSet(RULES, memory=memory).evaluate(content).hits
    assert sorted((hit.rule.id, hit.raw) for hit in hits) == _each_by_itself()


@pytest.mark.parametrize("path", ["eventName", "userAgent", "sourceIPAddress"])
def test_very_long_values_are_not_remembered(path: str) -> None:
    conditions = [field(path, "*needle*")]
    rules = RuleSet([rule(conditions[0])])
    values = [b"x" * LONGEST_KEPT + b"%d needle" % number for number in range(50)]
    content = b'{"Records":[%b]}' % b",".join(b'{"%b":"%b"}' % (path.encode(), value) for value in values)
    assert len(rules.evaluate(content).hits) == 50
    assert rules.remembered <= 1  # the class of them all, where a field is known by classes


def test_classes_of_values_do_not_grow_without_bound() -> None:
    columns = Columns(collect_tests(AGENTS, ["userAgent"]), memory=100)
    items = columns.decode(b"[%b]" % b",".join(_agents(5_000)))
    keys = list(columns.keys(items))
    assert columns.remembered <= 200
    assert "userAgent" in columns.known(keys[-1])


@pytest.mark.parametrize("path", ODD_PATHS, ids=repr)
def test_a_field_with_an_odd_name_is_one_like_any_other(path: str) -> None:
    """What the decoder cannot have among its names is found by decoding in full."""
    record: Any = "y"
    for part in reversed(path.split(".")):
        record = {part: record}
    raws = [json.dumps(one).encode() for one in (record, {path: "y"}, {"eventName": "y"})]
    found = RuleSet([rule(field(path, "Y")), *RULES]).evaluate(b'{"Records":[%b]}' % b",".join(raws))
    assert [hit.raw for hit in found.hits if hit.rule.id == "rule"] == raws[:2]


def test_a_rule_that_names_very_many_fields_is_soon_ready() -> None:
    named = any_of(*[field(f"requestParameters.a{number}", "y") for number in range(2_000)])
    started_s = time.process_time()
    rules = RuleSet([rule(named)])
    assert time.process_time() - started_s < 8  # 1 s; with each field compared to each it took 20
    assert rules.evaluate(b'{"Records":[{"requestParameters":{"a1234":"Y"}}]}').hits
