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

from benchmarks.rules_for_benchmarks import pack_rules
from benchmarks.trail_odd import make_odd
from benchmarks.trailgen import generate_event, generate_file
from daemon.condition import Boolean, Condition, Keyword, Null, Number, Text, Wildcard
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
    (field("requestParameters", "*narrow*"), b'{"requestParameters":{"a":"line\narrow"}}'),
    (field("requestParameters", "*true,null*"), b'{"requestParameters":[true, null]}'),
    (field("requestParameters", "*:true*"), b'{"requestParameters":{"a": true}}'),
    (Keyword(test=text("*100000.0*")), b'{"note":1e5}'),
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


NEEDLES = (
    "kiss-attack", "straße/x", "İstanbul", 'say "x" loudly', "line\nnarrow", "C:\\tools\\nc.exe", "/bin/bash -i",
    "\u212aelvin", "ſkip-it", "true", "100000.0", "169.254.169.254", "arn:aws:iam", ':{"kinds', "x\x7fyzab",
    "{},[]tail", "\tsnake", "ab",
)  # fmt: skip
DISGUISES = (("s", "ſ"), ("ss", "ß"), ("k", "\u212a"), ("i", "İ"), ("/", "\\/"), ("\n", "\\n"), ("", ""), ("e", "é"))
UNREAD = ("requestParameters", "resources", "requestParameters.a.b.c.d", "resources.ARN", "derived.principal")


def _disguised(needle: str, how: tuple[str, str], *, is_upper: bool) -> str:
    return f"..{(needle.upper() if is_upper else needle).replace(*how)}.." if how[0] else needle


LOUD = st.builds(_disguised, st.sampled_from(NEEDLES), st.sampled_from(DISGUISES), is_upper=st.booleans())
SOUGHT: st.SearchStrategy[Condition] = st.builds(
    lambda path, test: field(path, test) if path else Keyword(test=test),
    st.sampled_from(("", "", "", *UNREAD)),
    st.builds(
        lambda parts, is_cased: Text(parts=parts, is_cased=is_cased),
        st.sampled_from(NEEDLES).flatmap(
            lambda needle: st.sampled_from(
                ((needle,), (Wildcard.ANY, needle, Wildcard.ANY), (Wildcard.ANY, needle[:4], Wildcard.ONE, needle[5:]))
            )
        ),
        st.booleans(),
    ),
)
LEAF = LOUD | st.sampled_from((1e5, 12345, True, None, *NEEDLES))
HIDDEN = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LOUD | st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=4,
)
WRITTEN = {
    "escaped": lambda record: json.dumps(record, separators=(",", ":")),
    "as it is": lambda record: json.dumps(record, separators=(",", ":"), ensure_ascii=False),
    "spaced out": lambda record: json.dumps(record, indent=1, ensure_ascii=False),
    "letters escaped": lambda record: json.dumps(record).replace("i", "\\u0069"),
    "slashes escaped": lambda record: json.dumps(record).replace("/", "\\/"),
    "line ends as they are": lambda record: json.dumps(record).replace("\\n", "\n").replace("\\t", "\t"),
}


@pytest.mark.parametrize("how", WRITTEN)
@settings(max_examples=150, deadline=None)
@given(
    sought=st.lists(SOUGHT, min_size=1, max_size=3),
    further=st.lists(CONDITIONS, max_size=1),
    found=st.lists(
        st.fixed_dictionaries({"eventName": LOUD}, optional={"requestParameters": HIDDEN, "resources": HIDDEN}),
        min_size=1,
        max_size=4,
    ),
)
def test_texts_searched_for_in_the_bytes_are_found_however_they_are_written(
    how: str, sought: list[Condition], further: list[Condition], found: list[dict[str, Any]]
) -> None:
    raws = [WRITTEN[how](record).encode("utf-8", "replace") for record in found]
    conditions = [*sought, none_of(none_of(sought[0])), any_of(*sought), *further]
    assert hits(ruleset(conditions).evaluate(as_file(raws))) == in_full(conditions, raws)
    assert hits(ruleset(conditions).evaluate_records(raws)) == in_full(conditions, raws)


def test_the_oracle_and_the_index_agree_on_very_many_rules() -> None:
    rng = Random(3)
    conditions = [one.condition for one in (*pack_rules(500), *pack_rules(12, kind="keywords"))] + core_conditions()
    raws = [encoded(make_odd(rng, event) if number % 5 == 0 else event) for number, event in _events(rng, 300)]
    assert hits(ruleset(conditions).evaluate(as_file(raws))) == in_full(conditions, raws)


def _events(rng: Random, count: int) -> Iterable[tuple[int, dict[str, Any]]]:
    """Events with names, agents, addresses and texts that some rule of the packs asks for."""
    for number in range(count):
        event = generate_event(rng)
        event["eventName"] = rng.choice(("DeleteFlowLogs", "DeleteFlowLogs3", "AssumeRole", event["eventName"]))
        event["userAgent"] = rng.choice(("Kali Linux", "x parrot5 y", "enumerate-iam2", event["userAgent"]))
        event["sourceIPAddress"] = rng.choice(("10.12.7.9", "2001:db8:ff3::1", "::ffff:10.1.7.1", "AWS Internal"))
        event["note"] = rng.choice(("MIMIKATZ", "http://169.254.169.254/x", "stratus-red-team2", "nothing", 7))
        yield number, event
