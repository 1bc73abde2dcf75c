"""Index and projection never change a result: what a RuleSet finds is what every rule on every record in full finds."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.trailgen import generate_event, generate_file
from daemon.condition import Boolean, Condition, Null, Number
from daemon.detect.compile import compile_condition
from daemon.detect.evaluation import Evaluation
from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from daemon.trail.record import Undecodable, decode_record
from tests.doubles.conditions import CONDITIONS, all_of, any_of, field, none_of, records, rule, text
from tests.doubles.loose import split_loose

Found = list[tuple[str, bytes]]
CORE = Path(__file__).parents[3] / "rules" / "core"


def in_full(conditions: Sequence[Condition], raws: Iterable[bytes]) -> Found:
    """The reference: decode everything, ask everything."""
    predicates = [compile_condition(condition) for condition in conditions]
    found = []
    for raw in raws:
        try:
            record = decode_record(raw)
        except Undecodable:
            continue
        found += [(str(number), raw) for number, holds in enumerate(predicates) if holds(record)]
    return sorted(found)


def hits(evaluation: Evaluation) -> Found:
    return sorted((hit.rule.id, hit.raw) for hit in evaluation.hits)


def ruleset(conditions: Sequence[Condition]) -> RuleSet:
    return RuleSet([rule(condition, str(number)) for number, condition in enumerate(conditions)])


def as_file(raws: Iterable[bytes]) -> bytes:
    return b'{"Records":[%b]}' % b",".join(raws)


def encoded(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode("utf-8", "replace")


@settings(max_examples=400, deadline=None)
@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=4), found=st.lists(records(), max_size=5))
def test_any_rules_on_any_records_find_what_full_evaluation_finds(
    conditions: list[Condition], found: list[dict[str, Any]]
) -> None:
    raws = list(map(encoded, found))
    content = as_file(raws)
    evaluation = ruleset(conditions).evaluate(content)
    assert hits(evaluation) == in_full(conditions, raws)
    assert evaluation.events == len(raws)
    assert (evaluation.rejects, evaluation.fault, evaluation.errors) == ((), None, {})
    assert hits(ruleset(conditions).evaluate_records(raws)) == hits(evaluation)
    assert hits(ruleset(conditions).evaluate_object(gzip.compress(content), max_bytes=1 << 20)) == hits(evaluation)


@settings(max_examples=100, deadline=None)
@given(
    conditions=st.lists(CONDITIONS, min_size=1, max_size=3),
    found=st.lists(records(), min_size=1, max_size=4),
    cuts=st.lists(st.integers(0, 400), max_size=4),
)
def test_the_size_of_the_pieces_a_file_comes_in_changes_nothing(
    conditions: list[Condition], found: list[dict[str, Any]], cuts: list[int]
) -> None:
    content = as_file(map(encoded, found))
    bounds = [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]
    members = b"".join(gzip.compress(content[a:b]) for a, b in itertools.pairwise(bounds))
    rules = ruleset(conditions)
    assert hits(rules.evaluate_object(members, max_bytes=1 << 20)) == hits(rules.evaluate(content))


ROOT = field("userIdentity.type", "Root")
GROUP = field("eventName", "DeleteGroup")
ODD: list[tuple[Condition, bytes]] = [
    (GROUP, b'{"eventName":"ListGroups","eventName":"DeleteGroup"}'),
    (GROUP, b'{"eventName":"DeleteGroup","eventName":"ListGroups"}'),
    (GROUP, rb'{"eventName":"\u0044eleteGroup"}'),
    (GROUP, rb'{"event\u004eame":"DeleteGroup"}'),
    (GROUP, b'{"eventName":["ListGroups","DELETEGROUP"]}'),
    (GROUP, b'{"eventName":{"a":["deletegroup"]}}'),
    (ROOT, b'{"userIdentity":{"type":"Root"},"userIdentity":{"arn":"x"}}'),
    (ROOT, b'{"userIdentity":{"arn":"x"},"userIdentity":{"type":"Root"}}'),
    (ROOT, b'{"userIdentity.type":"root"}'),
    (ROOT, b'{"userIdentity":{"type":"IAMUser"},"userIdentity.type":"root"}'),
    (ROOT, b'{"userIdentity":[{"type":"Root"}]}'),
    (ROOT, b'{"userIdentity":null}'),
    (none_of(ROOT), b'{"userIdentity":null}'),
    (all_of(GROUP, none_of(ROOT)), b'{"eventName":"DeleteGroup","userIdentity":"Root"}'),
    (any_of(GROUP, field("userAgent", "*curl*")), b'{"userAgent":"CURL/8"}'),
    (GROUP, b'{"eventName":"DeleteGroup","note":1e999}'),
    (GROUP, rb'{"eventName":"DeleteGroup","note":"\ud800"}'),
    (GROUP, b'{"eventName":"DeleteGroup","note":"\xff"}'),
    (GROUP, b'{"eventName":"DeleteGroup","note":"\x07"}'),
    (GROUP, b'{"eventName":"DeleteGroup","note":' + b"1" * 6000 + b"}"),
    (field("eventName", "\ufb01le"), b'{"eventName":"FILE"}'),
    (field("eventName", "straße"), b'{"eventName":"STRASSE"}'),
    (field("eventName", "7"), b'{"eventName":7}'),
    (field("eventName", "true"), b'{"eventName":true}'),
    (field("eventName", "1"), b'{"eventName":true}'),
    (none_of(field("eventName", "*")), b'{"eventName":null}'),
    (none_of(field("eventName", "*")), b"{}"),
    (field("requestParameters.\ufffd", "y"), b'{"requestParameters":{"\xff":"y"}}'),
    (field("eventTime.date", "y"), b'{"eventTime":{"date":"y"}}'),
    (field("eventTime.date", "y"), b'{"eventTime":"z","eventTime.date":"y"}'),
    (field('eventName.a"b', "y"), rb'{"eventName":{"a\"b":"y"}}'),
    (field("userAgent.a\\b", "y"), rb'{"userAgent.a\\b":"y"}'),
    (field("\x00", "y"), rb'{"\u0000":"y"}'),
    (field("userAgent.", "y"), b'{"userAgent":{"":"y"}}'),
    (field("userAgent..a", "y"), b'{"userAgent.":{"a":"y"}}'),
]


@pytest.mark.parametrize(("condition", "raw"), ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("neighbour", [b'{"eventVersion":"1.11","eventName":"ListUsers"}', b'{"eventVersion":3}'])
def test_odd_records_are_judged_as_in_full_evaluation_and_cost_their_neighbours_nothing(
    condition: Condition, raw: bytes, neighbour: bytes
) -> None:
    raws = [neighbour, raw, neighbour]
    evaluation = ruleset([condition]).evaluate(as_file(raws))
    assert hits(evaluation) == in_full([condition], raws)
    assert evaluation.events == 3


@pytest.mark.parametrize("path", ["eventName", "userAgent", "userIdentity.type"])
def test_values_that_python_takes_for_equal_are_kept_apart(path: str) -> None:
    """1, 1.0 and true are one key of a dictionary, and three different things in a record."""
    values = (b"1", b"true", b"1.0", b'"1"', b'"true"', b"0", b"false", b'""', b"null", b'"null"')
    frame = b'{"userIdentity":{"type":%b}}' if "." in path else b'{"%b":%%b}' % path.encode()
    raws = [frame % value for value in values]
    tests = (text("1"), text("1.0"), text("true"), text("0"), text(""), Null(), Boolean(value=True), Number(value=1))
    conditions = [field(path, test) for test in tests]
    for order in (raws, raws[::-1]):
        assert hits(ruleset(conditions).evaluate(as_file(order))) == in_full(conditions, order)


def core_conditions() -> list[Condition]:
    files = [load_file(str(path), path.read_bytes(), variables={}) for path in sorted(CORE.glob("*.yml"))]
    return [loaded.condition for file in files for loaded in file.rules]


@pytest.mark.parametrize("seed", range(6))
def test_the_shipped_rules_find_the_same_in_generated_trails_with_odd_and_broken_records(seed: int) -> None:
    content = generate_file(Random(seed), 150, odd_share=0.2, broken_share=0.05 * (seed % 2))
    conditions = [*core_conditions(), field("userAgent", "*aws-cli*"), none_of(field("readOnly", "true"))]
    raws = [raw for raw in split_loose(content) if isinstance(raw, bytes)]
    evaluation = ruleset(conditions).evaluate(content)
    assert hits(evaluation) == in_full(conditions, raws)
    assert evaluation.hits
    assert evaluation.events + len(evaluation.rejects) == 150


@settings(max_examples=60, deadline=None)
@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=6), seed=st.integers(0, 10_000))
def test_any_rules_find_the_same_in_generated_events(conditions: list[Condition], seed: int) -> None:
    rng = Random(seed)
    raws = [encoded(generate_event(rng)) for _ in range(20)]
    assert hits(ruleset(conditions).evaluate(as_file(raws))) == in_full(conditions, raws)
