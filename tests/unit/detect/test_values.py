from __future__ import annotations

from typing import Any

import pytest
import re2

from daemon.condition import (
    Anchor,
    Boolean,
    Cidr,
    Compare,
    Comparison,
    Exists,
    FieldRef,
    Null,
    Number,
    Regex,
    Test,
    Text,
    TimePart,
    TimeUnit,
    Wildcard,
)
from daemon.detect.values import compile_reference, compile_test, number_of
from tests.doubles.conditions import text


def holds(test: Test, *values: Any) -> bool:
    return compile_test(test)(list(values))


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("no", "No", True),
        ("straße", "STRASSE", True),
        ("DeleteGroup", "DeleteGroups", False),
        ("", "", True),
        ("", " ", False),
        ("", None, False),
        ("*", "", True),
        ("*", None, False),
        ("*", [], False),
        ("*", {}, True),
        ("*", 0, True),
        ("**", "x", True),
        ("del*", "DeleteGroup", True),
        ("del*", "UndeleteGroup", False),
        ("*GROUP", "DeleteGroup", True),
        ("*GROUP", "DeleteGroups", False),
        ("*eteg*", "DeleteGroup", True),
        ("*eteg*", "DeletedGroup", False),
        ("d?l*group", "DeleteGroup", True),
        ("?", "", False),
        ("?", "é", True),
        ("?", "\n", True),
        ("a*b*c", "a\nb\nc", True),
        ("a.c", "abc", False),
        ("a.?", "A.B", True),
        ("7", 7, True),
        ("7", 7.0, False),
        ("7.0", 7.0, True),
        ("true", True, True),
        ("1", True, False),
        ("*suspended*", {"VersioningConfiguration": {"Status": "Suspended"}}, True),
        ('*"status":"suspended"*', {"Status": "Suspended"}, True),
        ("suspended", {"Status": "Suspended"}, True),
        ("0.0.0.0/0", ["10.0.0.0/8", "0.0.0.0/0"], True),
        ("7", [[7]], True),
    ],
)
def test_text_compares_by_casefold_with_wildcards(pattern: str, value: Any, expected: bool) -> None:
    assert holds(text(pattern), value) is expected


def test_cased_text_compares_letter_by_letter() -> None:
    assert holds(text("Root", is_cased=True), "Root")
    assert not holds(text("Root", is_cased=True), "root")
    assert not holds(text("*oot", is_cased=True), "ROOT")
    assert holds(text("", is_cased=True), "")
    assert not holds(text("", is_cased=True), " ")


def test_neighbouring_literals_and_empty_parts_are_one_literal() -> None:
    assert holds(Text(parts=("Del", "", "ete", Wildcard.ANY)), "DeleteGroup")
    assert holds(Text(parts=("", "x")), "x")
    assert holds(Text(parts=("",)), "")


def test_a_star_or_a_dot_that_was_escaped_in_the_rule_is_a_character() -> None:
    assert holds(Text(parts=("a*", Wildcard.ONE)), "a*b")
    assert not holds(Text(parts=("a*", Wildcard.ONE)), "aab")


@pytest.mark.parametrize("is_cased", [True, False])
@pytest.mark.parametrize("sign", ["*", "?"])
def test_a_pattern_that_is_one_escaped_wildcard_finds_that_character_only(sign: str, is_cased: bool) -> None:
    for parts in ((sign,), (Wildcard.ANY, sign), (sign, Wildcard.ANY), (Wildcard.ANY, sign, Wildcard.ANY)):
        assert holds(Text(parts=parts, is_cased=is_cased), sign)
        assert not holds(Text(parts=parts, is_cased=is_cased), "a")


def test_a_literal_and_a_wildcard_are_never_the_same_pattern() -> None:
    assert Text(parts=("*",)) != Text(parts=(Wildcard.ANY,))
    assert len({Text(parts=("?",)), Text(parts=(Wildcard.ONE,))}) == 2


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        (Number(value=7), 7, True),
        (Number(value=7), 7.0, True),
        (Number(value=7), "7", True),
        (Number(value=7), "7.0", False),
        (Number(value=7), [1, [7]], True),
        (Number(value=7), {"a": 7}, False),
        (Number(value=1), True, False),
        (Number(value=0), None, False),
        (Number(value=10**30), 10**30, True),
        (Boolean(value=True), True, True),
        (Boolean(value=True), "TRUE", True),
        (Boolean(value=True), 1, False),
        (Boolean(value=False), "false", True),
        (Boolean(value=False), None, False),
        (Cidr(network="203.0.113.0/24"), "203.0.113.9", True),
        (Cidr(network="203.0.113.0/24"), "203.0.114.9", False),
        (Cidr(network="203.0.113.0/24"), "::ffff:203.0.113.9", True),
        (Cidr(network="203.0.113.0/24"), "2001:db8::1", False),
        (Cidr(network="2001:db8::/32"), "2001:db8::1", True),
        (Cidr(network="2001:db8::/32"), "203.0.113.9", False),
        (Cidr(network="0.0.0.0/0"), 7, False),
        (Cidr(network="0.0.0.0/0"), "AWS Internal", False),
        (Cidr(network="10.1.2.3/8"), "10.9.9.9", True),
        (Compare(comparison=Comparison.GT, value=5), 6, True),
        (Compare(comparison=Comparison.GT, value=5), "6", True),
        (Compare(comparison=Comparison.GT, value=5), "5.5", True),
        (Compare(comparison=Comparison.GT, value=5), "1e3", True),
        (Compare(comparison=Comparison.GTE, value=5), 5, True),
        (Compare(comparison=Comparison.LT, value=5), -1, True),
        (Compare(comparison=Comparison.LTE, value=5), 6, False),
        (Compare(comparison=Comparison.EQ, value=5), "5.0", True),
        (Compare(comparison=Comparison.LT, value=5), "many", False),
        (Compare(comparison=Comparison.LT, value=5), None, False),
        (Compare(comparison=Comparison.LT, value=5), True, False),
        (Compare(comparison=Comparison.GT, value=5), "1e999", True),
    ],
)
def test_scalars_compare_as_what_they_are_or_as_their_text(test: Test, value: Any, expected: bool) -> None:
    assert holds(test, value) is expected


@pytest.mark.parametrize("value", ["inf", "nan", "1_000", " 7", "٧", "0x10", "", "1" * 301])
def test_only_decimal_notation_is_a_number(value: str) -> None:
    assert number_of(value) is None


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (TimeUnit.MINUTE, 4),
        (TimeUnit.HOUR, 3),
        (TimeUnit.DAY, 2),
        (TimeUnit.WEEK, 10),
        (TimeUnit.MONTH, 3),
        (TimeUnit.YEAR, 2026),
    ],
)
def test_parts_of_a_timestamp_are_taken_in_utc(unit: TimeUnit, expected: int) -> None:
    test = TimePart(unit=unit, comparison=Comparison.EQ, value=expected)
    assert holds(test, "2026-03-02T03:04:05Z")
    assert holds(test, "2026-03-02T04:04:05+01:00")
    assert holds(test, "2026-03-02T03:04:05.5")


@pytest.mark.parametrize("value", ["9999-12-31T23:59:59-14:00", "2026-13-01", "2026", 2026, None, "20260302"])
def test_what_is_no_timestamp_has_no_parts(value: Any) -> None:
    assert not holds(TimePart(unit=TimeUnit.YEAR, comparison=Comparison.GTE, value=0), value)


@pytest.mark.parametrize(
    ("values", "is_null", "is_there"),
    [
        ([], True, False),
        ([None], True, True),
        ([[]], True, True),
        ([[None, [None]]], True, True),
        ([""], False, True),
        ([False], False, True),
        ([{}], False, True),
        ([None, "x"], False, True),
    ],
)
def test_null_means_nothing_else_is_there_and_exists_means_the_field_is(
    values: list[Any], is_null: bool, is_there: bool
) -> None:
    assert holds(Null(), *values) is is_null
    assert holds(Exists(expected=True), *values) is is_there
    assert holds(Exists(expected=False), *values) is not is_there


@pytest.mark.parametrize(
    ("pattern", "flags", "value", "expected"),
    [
        ("lete", "", "DeleteGroup", True),
        ("^delete", "", "DeleteGroup", False),
        ("^delete", "i", "DeleteGroup", True),
        ("a.b", "", "a\nb", False),
        ("a.b", "s", "a\nb", True),
        ("^b", "m", "a\nb", True),
        ("^b", "", "a\nb", False),
        ("[0-9]+", "", 77, True),
        ("^$", "", None, False),
        (r'"Action":"\*"', "", {"Action": "*"}, True),
    ],
)
def test_regular_expressions_search_with_case_unless_told(pattern: str, flags: str, value: Any, expected: bool) -> None:
    assert holds(Regex(pattern=pattern, flags=frozenset(flags)), value) is expected


def test_a_pattern_that_re2_refuses_raises_and_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(re2.error):
        compile_test(Regex(pattern="(?=look)"))
    assert capfd.readouterr() == ("", "")


def test_no_pattern_runs_away() -> None:
    assert not holds(Regex(pattern="(a+)+$"), "a" * 50_000 + "b")
    assert not holds(text("*a?" * 20 + "b"), "a" * 50_000)


@pytest.mark.parametrize(
    ("anchor", "value", "other", "expected"),
    [
        (Anchor.EQUALS, "Alice", "alice", True),
        (Anchor.EQUALS, 7, "7", True),
        (Anchor.EQUALS, "alice", None, False),
        (Anchor.EQUALS, None, None, False),
        (Anchor.STARTSWITH, "alice-key", "ALICE", True),
        (Anchor.ENDSWITH, "user/alice", "alice", True),
        (Anchor.CONTAINS, "x-alice-x", "alice", True),
        (Anchor.CONTAINS, "bob", "alice", False),
        (Anchor.EQUALS, ["bob", "alice"], ["carol", "alice"], True),
    ],
)
def test_a_field_is_compared_with_another_field(anchor: Anchor, value: Any, other: Any, expected: bool) -> None:
    assert compile_reference(FieldRef(field="other", anchor=anchor))([value], [other]) is expected


def test_a_cased_reference_minds_the_case() -> None:
    compare = compile_reference(FieldRef(field="other", is_cased=True))
    assert compare(["alice"], ["alice"])
    assert not compare(["Alice"], ["alice"])


def test_a_reference_needs_its_second_field() -> None:
    with pytest.raises(TypeError, match="compile_reference"):
        compile_test(FieldRef(field="other"))
