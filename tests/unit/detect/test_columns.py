"""What is remembered to be fast stays small, whatever the records hold; and forgetting never changes an answer."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from daemon.detect.columns import LONGEST_KEPT, Columns
from daemon.detect.ruleset import RuleSet
from tests.doubles.conditions import field, rule

AGENTS = [field("userAgent", f"*{letter}*") for letter in "abcdefghij"]


def _agents(count: int) -> Iterator[bytes]:
    rng = Random(1)
    for _ in range(count):
        letters = "".join(letter for letter in "abcdefghij" if rng.random() < 0.5)
        yield b'{"userAgent":"%b","eventName":"%d"}' % (letters.encode(), rng.randrange(1_000))


@pytest.mark.parametrize("memory", [1, 2, 7, 50_000])
def test_forgetting_what_was_remembered_changes_no_answer(memory: int) -> None:
    conditions = [*AGENTS, field("eventName", "7"), field("sourceIPAddress", "*x*")]
    raws = list(_agents(3_000))
    content = b'{"Records":[%b]}' % b",".join(raws)
    rules = [rule(condition, str(number)) for number, condition in enumerate(conditions)]
    found = sorted((hit.rule.id, hit.raw) for hit in RuleSet(rules, memory=memory).evaluate(content).hits)
    in_full = [(one.id, raw) for one in rules for raw in raws if RuleSet([one]).evaluate_records([raw]).hits]
    assert found == sorted(in_full)


@pytest.mark.parametrize("path", ["eventName", "userAgent", "sourceIPAddress"])
def test_very_long_values_are_not_remembered(path: str) -> None:
    conditions = [field(path, "*needle*")]
    rules = RuleSet([rule(conditions[0])])
    values = [b"x" * LONGEST_KEPT + b"%d needle" % number for number in range(50)]
    content = b'{"Records":[%b]}' % b",".join(b'{"%b":"%b"}' % (path.encode(), value) for value in values)
    assert len(rules.evaluate(content).hits) == 50
    assert rules.remembered <= 1  # the class of them all, where a field is known by classes


def test_classes_of_values_do_not_grow_without_bound() -> None:
    columns = Columns(("userAgent",), AGENTS, memory=100)
    items = columns.decode(b"[%b]" % b",".join(_agents(5_000)))
    keys = list(columns.keys(items))
    assert columns.remembered <= 200
    assert columns.known(keys[-1])["userAgent"]
