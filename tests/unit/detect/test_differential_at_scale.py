"""500 rules written at random over 100,000 events: index and projection against an evaluator that has neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import msgspec
import pytest

from benchmarks.trail_odd import make_odd
from benchmarks.trailgen import generate_event
from daemon.detect.compile import Predicate, compile_condition
from daemon.detect.evaluation import Hit
from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from daemon.model import Rule
from daemon.trail.record import Reject, decode_record
from tests.doubles.columnar_evaluator import Columnar, bits
from tests.doubles.rule_text import rule_text
from tests.doubles.rule_writer import write_rules

RULES = 500
FILES = 21
EVENTS_A_FILE = 5_000
ODD_FILES = (0,)  # in these one record in twenty is unusual, which makes all of their file be read record by record
ODD_SHARE = 0.05
ODD_EVENTS = 1_000  # slower for that
SAMPLE = 40  # events of a file that are evaluated rule by rule besides


class Numbers:
    """Implements Findings: for each rule the numbers of the records that it was found in."""

    def __init__(self, raws: Sequence[bytes]) -> None:
        self._numbers = {raw: number for number, raw in enumerate(raws)}
        self.found_by: dict[str, list[int]] = {}

    def found(self, hits: Sequence[Hit]) -> None:
        """As the protocol says."""
        number = self._numbers[hits[0].raw]
        for hit in hits:
            self.found_by.setdefault(hit.rule.id, []).append(number)

    def rejected(self, reject: Reject) -> None:
        """None of these records is broken."""
        raise AssertionError(reject)


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    rng = Random(20260302)
    seen = [_event(rng, odd_share=0.0) for _ in range(400)]
    files = [load_file("x.yml", rule_text(text), variables={}) for text in write_rules(rng, seen, count=RULES)]
    return [replace(file.rules[0], id=str(number)) for number, file in enumerate(files)]


@pytest.fixture(scope="module")
def known() -> dict[str, dict[Any, bool]]:
    """What tests said of values in the files before."""
    return {}


@pytest.fixture(scope="module")
def ruleset(rules: list[Rule]) -> RuleSet:
    return RuleSet(rules)


@pytest.fixture(scope="module")
def predicates(rules: list[Rule]) -> dict[str, Predicate]:
    return {rule.id: compile_condition(rule.condition) for rule in rules}


def _event(rng: Random, *, odd_share: float) -> dict[str, Any]:
    event = generate_event(rng)
    return make_odd(rng, event) if rng.random() < odd_share else event


@pytest.mark.no_cover  # slow enough without it
@pytest.mark.parametrize("seed", range(FILES))
def test_500_rules_find_in_100000_events_what_asking_every_value_finds(
    rules: list[Rule],
    ruleset: RuleSet,
    known: dict[str, dict[Any, bool]],
    predicates: dict[str, Predicate],
    seed: int,
) -> None:
    rng = Random(seed)
    odd_share, count = (ODD_SHARE, ODD_EVENTS) if seed in ODD_FILES else (0.0, EVENTS_A_FILE)
    raws = sorted({msgspec.json.encode(_event(rng, odd_share=odd_share)) for _ in range(count)})
    assert len(raws) == count
    numbers = Numbers(raws)
    evaluation = ruleset.evaluate(b'{"Records":[%b]}' % b",".join(raws), findings=numbers)
    assert (evaluation.events, evaluation.errors) == (count, {})
    records = [decode_record(raw) for raw in raws]
    columnar = Columnar(records, known)
    for rule in rules:
        assert bits(numbers.found_by.get(rule.id, [])) == columnar.holds(rule.condition), rule.condition
    for number in rng.sample(range(count), SAMPLE):
        asked = {name for name, holds in predicates.items() if holds(records[number])}
        assert asked == {name for name, found in numbers.found_by.items() if number in found}
