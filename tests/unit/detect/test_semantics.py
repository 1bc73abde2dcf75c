"""What rules mean: from their text to an answer, against a second evaluator and by tables."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.detect.compile import compile_condition
from daemon.detect.load import load_file
from tests.doubles.rule_text import rule_text
from tests.doubles.second_evaluator import Record, expected, pattern


def holds(detection: dict[str, Any], record: Record) -> bool:
    """What we say, from the rule's text on."""
    loaded = load_file("x.yml", rule_text(json.dumps(detection, ensure_ascii=False)), variables={})
    assert loaded.rules, loaded.problems
    return compile_condition(loaded.rules[0].condition)(record)


LETTERS = st.text(alphabet="aAßsSİiıΣσς*?\\.\"'{}[]:,1 \né", max_size=5)
WORDS = st.sampled_from(
    ("straße", "STRASSE", "İ", "i̇", "ΟΔΟΣ", "οδος", "a", "A", "", "1", "1.0", "true", "True", "null", "{}", "[]")
)
ESCAPED = st.lists(st.sampled_from(("\\*", "\\?", "\\\\", "*", "?", "\\", "a")), min_size=1, max_size=2).map("".join)
SCALARS = st.one_of(LETTERS, WORDS, st.sampled_from((None, True, False, 0, 1, 1.0, -0.0, 1.5, 10**30, 2**63, 1e22)))
TEXTUAL = st.one_of(LETTERS, WORDS, ESCAPED)
LEAVES = st.one_of(
    SCALARS, st.sampled_from(("10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "10", "-3", "+4", "1e3", "0x1f", "١"))
)
FIELDS = st.sampled_from(("requestParameters", "requestParameters.b", "requestParameters.b.c", "userAgent"))


def _records(wanted: Sequence[Any]) -> st.SearchStrategy[Record]:
    """Records in which what the rule wants often stands, in another case, inside a text or as another type."""
    near: list[Any] = ["ab", "AB", "xab", "abx"]  # for references
    near += [each for one in wanted for each in (one, str(one).swapcase(), f"{str(one).upper()}a", f"a{one}", [one])]
    near += ["".join(letter for letter, _ in pattern(one)) for one in wanted if isinstance(one, str)]
    values: st.SearchStrategy[Any] = st.recursive(
        st.sampled_from(near) | LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("b", "c", "b.c", "d")), inner, max_size=3)
        ),
        max_leaves=4,
    )
    inner = st.fixed_dictionaries({}, optional={"b": values | st.fixed_dictionaries({"c": values}), "b.c": values})
    parameters = values | inner | st.lists(inner, max_size=2)
    other = {"requestParameters": parameters, "requestParameters.b": values, "requestParameters.b.c": values}
    return st.fixed_dictionaries({"userAgent": values}, optional=other)


ANCHORS: tuple[list[str], ...] = ([], ["contains"], ["startswith"], ["endswith"])
RES = (["re"], ["re", "i"], ["re", "m"], ["re", "s"], ["re", "i", "m", "s"])
HOURS: tuple[list[str], ...] = (["hour"], ["hour", "gte"], ["hour", "lt"])


def _tried(chains: Sequence[list[str]], values: st.SearchStrategy[Any], *, most: int = 2) -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(chains), st.lists(values, min_size=1, max_size=most))


TESTS: st.SearchStrategy[tuple[list[str], list[Any]]] = st.one_of(
    _tried(ANCHORS, TEXTUAL.filter(bool), most=3),
    _tried([[], ["cased"]], TEXTUAL),
    _tried([[*anchor, "cased"] for anchor in ANCHORS], TEXTUAL.filter(bool)),
    _tried([[], ["cased"], ["contains"], ["startswith", "cased"]], ESCAPED),
    _tried([[]], st.sampled_from((None, True, False, 0, 1, 7)), most=3),
    _tried([["exists"]], st.booleans(), most=1),
    _tried(RES, st.sampled_from(("a.", "^a", "[0-9]+", "s{2}", "^1", "\\{", '"a'))),
    _tried([["cidr"]], st.sampled_from(("10.0.0.0/8", "2001:db8::/32", "::/0", "0.0.0.0/0"))),
    _tried([["gt"], ["gte"], ["lt"], ["lte"]], st.sampled_from((0, 1, 4, 1000))),
    _tried(HOURS, st.sampled_from((0, 3, 23))),
    _tried([["fieldref", *anchor] for anchor in ANCHORS], FIELDS, most=1),
)


@pytest.mark.no_cover  # slow enough without it
@settings(max_examples=500, deadline=None)
@given(data=st.data(), field=FIELDS, tried=TESTS, all_of=st.booleans(), negated=st.booleans())
def test_a_field_with_modifiers_and_values_means_what_the_sentences_say(
    data: st.DataObject, field: str, tried: tuple[list[str], list[Any]], all_of: bool, negated: bool
) -> None:
    modifiers, wanted = tried
    record = data.draw(_records(wanted))
    further = [
        *(["all"] if all_of and len(wanted) > 1 else []),
        *(["neq"] if negated and "exists" not in modifiers else []),
    ]
    key = "|".join([field, *modifiers, *further])
    assert holds({"a": {key: wanted}, "condition": "a"}, record) is expected(
        field, [*modifiers, *further], wanted, record
    )


KEYWORDS_IN = {"userAgent": "xx abc yy", "requestParameters": {"a": [1, "Foo*bar"], "b": 10}, "readOnly": True}


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        (["abc"], True),
        (["none", "FOO"], True),
        ({"|all": ["abc", "foo"]}, True),
        ({"|all": ["abc", "none"]}, False),
        ({"|startswith": "xx"}, True),
        ({"|startswith": "abc"}, False),
        ({"|endswith": "yy"}, True),
        ({"|endswith": "abc"}, False),
        ({"|contains": "abc"}, True),
        ({"|cased": "foo"}, False),
        ({"|re": "^Foo"}, True),
        ({"|re": "^bar"}, False),
        (["\\*"], True),
        (["foo\\*bar"], True),
        (["\\?"], False),
        ([10], True),
        ([True], True),
        (["userAgent"], False),
    ],
    ids=str,
)
def test_a_search_without_a_field_looks_into_every_value_and_minds_where(searched: Any, found: bool) -> None:
    assert holds({"a": searched, "condition": "a"}, KEYWORDS_IN) is found


PLACES = [("foobarzz", 0), ("xfoobarzz", 1), ("xxfoobarzz", 2)]


@pytest.mark.parametrize(("chain", "encoding"), [("base64offset", "utf-8"), ("wide|base64offset", "utf-16-le")])
@pytest.mark.parametrize(("text", "offset"), PLACES)
def test_base64offset_finds_a_text_at_any_place_of_a_longer_one(
    chain: str, encoding: str, text: str, offset: int
) -> None:
    within = b"x" * offset + text[offset:].encode(encoding)
    record = {"userAgent": base64.b64encode(within).decode()}
    assert holds({"a": {f"userAgent|{chain}|contains": "foobar"}, "condition": "a"}, record)


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("wide", "foo".encode("utf-16-le")),
        ("utf16le", "foo".encode("utf-16-le")),
        ("utf16be", "foo".encode("utf-16-be")),
        ("utf16", b"\xff\xfe" + "foo".encode("utf-16-le")),
    ],
)
def test_a_text_is_put_into_utf16_before_it_is_encoded(name: str, encoded: bytes) -> None:
    record = {"userAgent": base64.b64encode(encoded).decode()}
    assert holds({"a": {f"userAgent|{name}|base64": "foo"}, "condition": "a"}, record)


@pytest.mark.parametrize("dash", ["-", "/", "\u2013", "\u2014", "\u2015"])
def test_windash_takes_every_dash_for_a_dash(dash: str) -> None:
    assert holds({"a": {"userAgent|windash|contains": " -x"}, "condition": "a"}, {"userAgent": f"run {dash}x"})


@pytest.mark.parametrize(
    ("unit", "value"), [("minute", 5), ("hour", 23), ("day", 31), ("week", 1), ("month", 12), ("year", 2025)]
)
def test_parts_of_a_time_are_taken_in_utc(unit: str, value: int) -> None:
    record = {"eventTime": "2026-01-01T01:05:06+02:00"}
    assert holds({"a": {f"eventTime|{unit}": value}, "condition": "a"}, record)
    assert not holds({"a": {f"eventTime|{unit}": value - 1 or 2}, "condition": "a"}, record)
