"""Asked together, the tests on a field say what each says by itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.condition import Boolean, Cidr, Compare, Comparison, FieldRef, Null, Number, Regex, Test
from daemon.detect.outcomes import FieldTests
from daemon.detect.values import compile_test
from tests.doubles.conditions import TESTS, WORDS, Explosive, text

NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "::ffff:10.0.0.0/104")
ADDRESSES = (
    "10.1.2.3",
    "10.9.9.9",
    "11.0.0.1",
    "::ffff:10.1.2.3",
    "2001:db8::1",
    "2001:db9::1",
    "fe80::1%eth0",
    "10.1",
)
LETTERS = st.text(alphabet="aAbB1sS\u017f\u00df\u212akK\u0130i\u0307 \n*?\ud7ff\x00", max_size=6)


def each_by_itself(tests: list[Test], leaf: Any) -> list[bool]:
    return [compile_test(test)([] if leaf is msgspec.UNSET else [leaf]) for test in tests]


def together(tests: list[Test], leaf: Any) -> list[bool]:
    asked = FieldTests(tests)
    outcome = asked.outcome(leaf)
    return [asked.number_of(test) in outcome.holds for test in tests]


LEAVES = st.sampled_from((*WORDS, *ADDRESSES, True, False, None, msgspec.UNSET)) | LETTERS
MANY = st.lists(
    TESTS.filter(lambda test: not isinstance(test, FieldRef))
    | st.builds(Cidr, network=st.sampled_from(NETWORKS))
    | st.builds(text, LETTERS, is_cased=st.booleans())
    | st.builds(lambda inside: text(f"*{inside}*"), LETTERS),
    max_size=14,
)


@settings(max_examples=600, deadline=None)
@given(tests=MANY, leaf=LEAVES)
def test_any_tests_hold_together_as_they_hold_each_by_itself(tests: list[Test], leaf: Any) -> None:
    assert together(tests, leaf) == each_by_itself(tests, leaf)


@pytest.mark.parametrize("leaf", [*ADDRESSES, "x" * 200])
def test_an_address_is_in_the_networks_that_hold_it(leaf: str) -> None:
    tests: list[Test] = [Cidr(network=network) for network in NETWORKS]
    assert together(tests, leaf) == each_by_itself(tests, leaf)


def test_many_texts_are_searched_for_as_one() -> None:
    tests: list[Test] = [text(f"*{word}*") for word in ("a", "b(", "Stra\u00dfe", *"cdefghijk")]
    for leaf in ("xax", "B(", "STRASSE", "", "zzz"):
        assert together(tests, leaf) == each_by_itself(tests, leaf)


@pytest.mark.parametrize("pattern", ["abc*", "ab*", "*abc", "*bc", "abc", "*b*", "a*c", "?b?"])
@pytest.mark.parametrize("is_cased", [True, False])
def test_beginnings_ends_and_insides_are_told_apart(pattern: str, is_cased: bool) -> None:
    tests: list[Test] = [text(pattern, is_cased=is_cased), text("other*"), text("*other")]
    for leaf in ("abc", "xabc", "abcx", "ab", "bc", "b", "", "ABC", "xABCx", "aabbcc"):
        assert together(tests, leaf) == each_by_itself(tests, leaf)


def test_numbers_that_python_takes_for_equal_are_tests_of_their_own() -> None:
    tests: list[Test] = [Number(value=1), Number(value=1.0), Boolean(value=True), text("1")]
    assert together(tests, "1") == [True, False, False, True]
    assert together(tests, "1.0") == [False, True, False, False]
    assert together(tests, True) == [False, False, True, False]


def test_a_test_that_raises_is_told_apart_and_costs_the_others_nothing() -> None:
    tests: list[Test] = [Compare(comparison=Comparison.GT, value=Explosive(7)), Null(), Regex(pattern="8")]
    outcome = FieldTests(tests).outcome("8")
    assert (set(outcome.holds), set(outcome.raises)) == ({2}, {0})
