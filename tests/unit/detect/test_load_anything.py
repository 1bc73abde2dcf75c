"""Whatever stands in a rule file: it is loaded or told, and never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.condition import Comparison
from daemon.detect.link import link
from daemon.detect.load import LoadedFile, load_file
from daemon.detect.modifiers import MODIFIERS
from daemon.detect.ruleset import RuleSet
from daemon.model import CorrelationType
from tests.doubles.conditions import ODD_PATHS, field
from tests.doubles.rule_text import OTHER_ID, RULE_ID, correlation_text, filter_text, rule_text

WHERE = re.compile(r"x\.yml:[1-9][0-9]*")
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.text(max_size=12),
    st.sampled_from(["*", "a*", "%who%", "\\%", "10.0.0.0/8", "(", "a|b", "selection", "1 of them", "not a", ""]),
)
names = st.sampled_from(["eventName", "requestParameters.a", "", "condition", "timeframe"]) | st.text(max_size=5)
names |= st.sampled_from(ODD_PATHS)
keys = st.builds(
    lambda name, modifiers: "|".join([name, *modifiers]),
    names,
    st.lists(st.sampled_from(sorted(MODIFIERS)), max_size=4),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | scalars, inner, max_size=3),
    max_leaves=8,
)
CORRELATION_KEYS = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"]
CORRELATION_TESTS = """
trailwarden:
  tests:
    - {name: a, events: [{eventTime: '2026-01-31T12:00:00Z'}], alerts: []}
"""
heads = ["id", "title", "level", "status", "tags", "date", "related", "logsource", "trailwarden", "references", "name"]


def check(content: bytes) -> LoadedFile:
    loaded = load_file("x.yml", content, variables={"who": ["alice"]})
    assert all(WHERE.fullmatch(problem.where) and problem.what for problem in loaded.problems)
    assert not any("fault of ours" in problem.what for problem in loaded.problems)
    assert not (loaded.is_broken and loaded.rules)
    evaluation = RuleSet(loaded.rules).evaluate(b'{"Records":[{"eventName":"A","requestParameters":{"a":[1,null]}}]}')
    assert (evaluation.events, evaluation.errors) == (1, {})
    return loaded


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    check(content)


@given(values)
def test_any_document(value: Any) -> None:
    check(yaml.dump(value).encode())


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(keys, values, min_size=1, max_size=3), st.sampled_from(["1 of them", "all of them", "a or b"]))
def test_any_detection(detection: dict[str, Any], condition: str) -> None:
    check(yaml.dump({**_sound(), "detection": {**detection, "condition": condition}}).encode())


@given(st.dictionaries(st.sampled_from(CORRELATION_KEYS) | keys, values, max_size=4), values)
def test_any_correlation(section: dict[str, Any], ours: Any) -> None:
    check_linked(_changed(correlation_text(more=CORRELATION_TESTS), "correlation", section, ours))


@given(st.dictionaries(st.sampled_from([str(sign) for sign in Comparison]) | st.just("field"), values, max_size=3))
def test_any_condition_of_a_correlation(condition: dict[str, Any]) -> None:
    for kind in CorrelationType:
        section = {"type": str(kind), "condition": condition}
        check_linked(_changed(correlation_text(), "correlation", section, None))


@given(st.dictionaries(st.sampled_from(["name", "events", "alerts", "group", "count"]), values, max_size=4))
def test_any_test_of_a_correlation(test: dict[str, Any]) -> None:
    check_linked(_changed(correlation_text(), "correlation", {}, {"tests": [test]}))


@given(st.dictionaries(st.sampled_from(["rules", "condition", "selection"]) | keys, values, max_size=4), values)
def test_any_filter(section: dict[str, Any], ours: Any) -> None:
    check_linked(_changed(filter_text(), "filter", section, ours))


@given(st.sampled_from(["expires", "reason", "owner"]), scalars)
def test_any_option_of_a_filter(key: str, value: Any) -> None:
    check_linked(_changed(filter_text(), "filter", {}, {key: value}))


def check_linked(content: bytes) -> None:
    """What is sound links, or is told; beside a rule that it may be about."""
    loaded = check(content)
    base = load_file("base.yml", rule_text(rule_id=OTHER_ID, more="name: group_deleted\n"), variables={})
    joined = link([base, *([] if loaded.is_broken else [loaded])], now=datetime(2026, 1, 31, tzinfo=UTC))
    problems = [problem for found in joined.faults.values() for problem in found]
    assert all(WHERE.fullmatch(problem.where) and problem.what for problem in problems)


def _changed(content: bytes, kind: str, section: dict[str, Any], ours: Any) -> bytes:
    """The file with these parts of its section, and what stands under our key, put in the place of its own."""
    document = yaml.safe_load(content)
    document[kind] |= section
    document |= {} if ours is None else {"trailwarden": ours}
    return yaml.dump(document).encode()


@given(st.dictionaries(st.sampled_from(heads), values, min_size=1, max_size=4))
def test_any_header(header: dict[str, Any]) -> None:
    check(yaml.dump({**_sound(), **header}).encode())


@given(st.integers(min_value=0, max_value=len(rule_text())), st.binary(max_size=3))
def test_any_slip_in_a_sound_file(at: int, slip: bytes) -> None:
    content = rule_text()
    check(content[:at] + slip + content[at:])


@pytest.mark.parametrize("length", range(0, len(rule_text()), 7))
def test_a_file_that_is_only_half_written(length: int) -> None:
    check(rule_text()[:length])


@pytest.mark.parametrize("path", ODD_PATHS, ids=repr)
def test_a_field_may_have_any_name(path: str) -> None:
    loaded = check(yaml.dump({**_sound(), "detection": {"a": {path: "x"}, "condition": "a"}}).encode())
    assert [rule.condition for rule in loaded.rules] == [field(path, "x")]


class Breaking(Mapping[str, list[str]]):
    """Variables whose look-up breaks: stands for any fault of ours that nobody foresaw."""

    def __init__(self, fault: type[Exception]) -> None:
        self._fault = fault

    def __getitem__(self, name: str) -> list[str]:
        raise self._fault

    def __iter__(self) -> Iterator[str]:
        return iter(("who",))

    def __len__(self) -> int:
        return 1


EXPANDING = rule_text("a:\n  eventName|expand: '%who%'\ncondition: a")


def test_a_fault_of_ours_over_one_file_is_that_files_fault() -> None:
    loaded = load_file("x.yml", EXPANDING, variables=Breaking(ZeroDivisionError))
    assert (loaded.is_broken, loaded.rules) == (True, ())
    assert "fault of ours" in loaded.problems[0].what


def test_memory_that_is_short_is_no_fault_of_a_file() -> None:
    with pytest.raises(MemoryError):
        load_file("x.yml", EXPANDING, variables=Breaking(MemoryError))


def _sound() -> dict[str, Any]:
    return dict(yaml.safe_load(rule_text())) | {"id": RULE_ID}
