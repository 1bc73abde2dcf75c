"""Tests on what a field holds: each leaf by itself, text without case, numbers also as their text.

What is handed in is what `fields.resolve` found: a list of values, empty when the field is missing.

* A missing or null field makes a comparison false. `Exists` counts null as present; `Null` wants nothing else there.
* `''` is a text like any other. `*` stands for any text, the empty one too, but not for null or an empty array.
* Text compares by `str.casefold` unless cased; `?` is one character of the folded text. Wildcards cross line ends.
* Numbers compare as numbers (1 = 1.0) or as decimal text; a JSON boolean is never a number; booleans are also text.
* Where an object or array stands, tests on text also look at its compact JSON text and at every string leaf.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

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
from daemon.detect.fields import scalars, texts

TextTest = Callable[[str], bool]
LeafTest = Callable[[Any], bool]
ValuesTest = Callable[[list[Any]], bool]
_COMPARISONS: dict[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQ: operator.eq,
    Comparison.NEQ: operator.ne,
    Comparison.LT: operator.lt,
    Comparison.LTE: operator.le,
    Comparison.GT: operator.gt,
    Comparison.GTE: operator.ge,
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,5})?")
_LONGEST_ADDRESS = 100  # parsed addresses are remembered
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def compile_test(test: Test) -> ValuesTest:
    """A test as a function over the values of its field. `FieldRef` needs a second field: see `compile_reference`."""
    match test:
        case Text() | Regex():
            return _any_text(compile_text(test))
        case Null():
            return lambda values: all(leaf is None for leaf in scalars(values))
        case Exists(expected=expected):
            return lambda values: bool(values) is expected
        case FieldRef():
            raise TypeError("a field reference is compiled by compile_reference")
        case _:
            return _any_leaf(compile_leaf(test))


def compile_text(test: Text | Regex) -> TextTest:
    """A test on one text."""
    if isinstance(test, Regex):
        return _searcher(test)
    literal = plain_literal(test)
    if literal is not None:
        folded = literal.casefold()
        return lambda text: text.casefold() == folded
    holds = _pattern(compared_parts(test))
    return holds if test.is_cased else lambda text: holds(text.casefold())


def compared_parts(test: Text) -> list[str | Wildcard]:
    """The pattern that the text, casefolded unless the test is cased, is compared with: no two literals in a row."""
    parts = (part if test.is_cased or isinstance(part, Wildcard) else part.casefold() for part in test.parts)
    return _joined(parts)


def compile_literals(literals: Iterable[str]) -> ValuesTest:
    """Some text equals one of these by casefold: what a list of plain values in a rule means, asked at once."""
    folded = frozenset(literal.casefold() for literal in literals)
    return _any_text(lambda text: text.casefold() in folded)


def compile_patterns(patterns: Sequence[Regex]) -> ValuesTest:
    """Some text has one of these; searched as one pattern, since most of a search's cost is paid once a text."""
    joined = Regex(pattern="|".join(f"(?{''.join(sorted(one.flags))}:{one.pattern})" for one in patterns))
    if len(patterns) > 1 and r"\Q" not in joined.pattern:  # a quotation may be left open, and would quote the others
        try:
            return compile_test(joined)
        except re2.error:  # together they are too large for RE2
            pass
    searches = list(map(compile_text, patterns))
    return _any_text(lambda text: any(search(text) for search in searches))


def plain_literal(test: Test) -> str | None:
    """The text that a test compares with by casefold, where that is all it does."""
    return test.literal if isinstance(test, Text) and not test.is_cased else None


def compile_leaf(test: Number | Boolean | Cidr | Compare | TimePart) -> LeafTest:
    """A test on one scalar."""
    match test:
        case Number(value=value):
            return _number(value)
        case Boolean(value=value):
            return _boolean(is_true=value)
        case Cidr(network=network):
            return _cidr(network)
        case Compare(comparison=comparison, value=value):
            return _compare(_COMPARISONS[comparison], value)
        case _:
            return _time_part(test.unit, _COMPARISONS[test.comparison], test.value)


def compile_reference(test: FieldRef) -> Callable[[list[Any], list[Any]], bool]:
    """A test of this field's values against those of another field; a missing or null one on either side is false."""
    fold = str if test.is_cased else str.casefold
    holds = _ANCHORS[test.anchor]

    def compare(values: list[Any], others: list[Any]) -> bool:
        wanted = {fold(other) for other in texts(others)}
        return any(holds(text, other) for text in map(fold, texts(values)) for other in wanted)

    return compare


_ANCHORS: dict[Anchor, Callable[[str, str], bool]] = {
    Anchor.EQUALS: operator.eq,
    Anchor.STARTSWITH: str.startswith,
    Anchor.ENDSWITH: str.endswith,
    Anchor.CONTAINS: operator.contains,
}


def _any_text(holds: TextTest) -> ValuesTest:
    def test(values: list[Any]) -> bool:
        if not values:
            return False
        if len(values) == 1:
            value = values[0]
            if isinstance(value, str):
                return holds(value)
            if value is None:
                return False
        return any(map(holds, texts(values)))

    return test


def _any_leaf(holds: LeafTest) -> ValuesTest:
    return lambda values: any(map(holds, scalars(values)))


def _joined(parts: Iterable[str | Wildcard]) -> list[str | Wildcard]:
    """Parts with neighbouring literals joined, neighbouring ANYs made one and empty literals dropped."""
    joined: list[str | Wildcard] = []
    for part in parts:
        last = joined[-1] if joined else None
        if part is Wildcard.ANY and last is Wildcard.ANY:
            continue
        if isinstance(last, Wildcard) or isinstance(part, Wildcard) or last is None:
            joined += [part] if part else []
        else:
            joined[-1] = last + part
    return joined


def _pattern(parts: list[str | Wildcard]) -> TextTest:
    match parts:
        case []:
            return lambda text: not text
        case [Wildcard.ANY]:
            return lambda _: True
        case [Wildcard.ANY, str(literal), Wildcard.ANY]:
            return lambda text: literal in text
        case [str(literal), Wildcard.ANY]:
            return lambda text: text.startswith(literal)
        case [Wildcard.ANY, str(literal)]:
            return lambda text: text.endswith(literal)
        case [str(literal)]:
            return lambda text: text == literal
    return _glob(parts)


def _glob(parts: list[str | Wildcard]) -> TextTest:
    pieces = {Wildcard.ANY: ".*", Wildcard.ONE: "."}
    source = "".join(pieces[part] if isinstance(part, Wildcard) else re2.escape(part) for part in parts)
    fullmatch = re2.compile(f"(?s){source}", _options()).fullmatch
    return lambda text: fullmatch(text) is not None


def _searcher(test: Regex) -> TextTest:
    flags = "".join(sorted(test.flags))
    search = re2.compile(f"(?{flags}){test.pattern}" if flags else test.pattern, _options()).search
    return lambda text: search(text) is not None


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False  # the error raised says it; RE2 would write it to standard error besides
    return options


def _number(wanted: float) -> LeafTest:
    text = str(wanted)
    return lambda leaf: leaf == text if isinstance(leaf, str) else not isinstance(leaf, bool) and bool(leaf == wanted)


def _boolean(*, is_true: bool) -> LeafTest:
    text = "true" if is_true else "false"
    return lambda leaf: leaf.casefold() == text if isinstance(leaf, str) else leaf is is_true


def _compare(holds: Callable[[Any, Any], bool], wanted: float) -> LeafTest:
    def test(leaf: Any) -> bool:
        number = number_of(leaf)
        return number is not None and holds(number, wanted)

    return test


def number_of(leaf: Any) -> int | float | None:
    """A number, or the text of one in decimal notation; None for anything else, booleans too."""
    if isinstance(leaf, bool) or not isinstance(leaf, int | float | str):
        return None
    if not isinstance(leaf, str):
        return leaf
    if _INTEGER.fullmatch(leaf):
        return int(leaf)
    return float(leaf) if _DECIMAL.fullmatch(leaf) else None


def _cidr(network: str) -> LeafTest:
    wanted = ip_network(network, strict=False)

    def test(leaf: Any) -> bool:
        address = address_of(leaf)
        if isinstance(address, IPv6Address) and address.ipv4_mapped and not isinstance(wanted, IPv6Network):
            return address.ipv4_mapped in wanted
        return address is not None and address in wanted

    return test


def address_of(leaf: Any) -> IPv4Address | IPv6Address | None:
    """The address that a leaf is the text of."""
    return _address(leaf) if isinstance(leaf, str) and len(leaf) <= _LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _time_part(unit: TimeUnit, holds: Callable[[Any, Any], bool], wanted: int) -> LeafTest:
    def test(leaf: Any) -> bool:
        at = _moment(leaf)
        if at is None:
            return False
        return holds(at.isocalendar().week if unit is TimeUnit.WEEK else getattr(at, unit.value), wanted)

    return test


def _moment(leaf: Any) -> datetime | None:
    if not isinstance(leaf, str) or not _DATE.match(leaf):
        return None
    try:
        at = datetime.fromisoformat(leaf)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
