"""Short ways to write condition trees and rules in tests, and Hypothesis strategies for them."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

from daemon.condition import (
    Anchor,
    And,
    Boolean,
    Cidr,
    Compare,
    Comparison,
    Condition,
    Exists,
    FieldRef,
    FieldTest,
    Keyword,
    Not,
    Null,
    Number,
    Or,
    Regex,
    Test,
    Text,
    TimePart,
    TimeUnit,
    Wildcard,
)
from daemon.model import Level, Rule, RuleOptions


def text(pattern: str, *, is_cased: bool = False) -> Text:
    """A pattern with `*` and `?` as wildcards."""
    pieces = [piece for piece in re.split(r"([*?])", pattern) if piece]
    return Text(parts=tuple(Wildcard(piece) if piece in "*?" else piece for piece in pieces), is_cased=is_cased)


def field(path: str, test: Test | str) -> FieldTest:
    """A test on a field; a plain string is a pattern."""
    return FieldTest(field=path, test=text(test) if isinstance(test, str) else test)


def all_of(*items: Condition) -> And:
    """All of these."""
    return And(items=items)


def any_of(*items: Condition) -> Or:
    """Any of these."""
    return Or(items=items)


def none_of(item: Condition) -> Not:
    """Not this."""
    return Not(item=item)


def rule(condition: Condition, name: str = "rule") -> Rule:
    """A rule in force with this condition."""
    return Rule(
        id=name,
        title=name,
        level=Level.HIGH,
        status="test",
        tags=(),
        description="",
        false_positives=(),
        references=(),
        condition=condition,
        options=RuleOptions(),
        path=f"{name}.yml",
        digest=name,
    )


class Explosive(int):
    """A number that cannot be compared: stands for a bug in a test on values."""

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    def __lt__(self, other: object) -> bool:  # what `8 > Explosive(7)` asks first
        raise ZeroDivisionError

    __hash__ = int.__hash__


ODD_PATHS = (
    "eventTime.date",
    "eventTime.date.x",
    "eventTime.",
    ".",
    ".eventName",
    "eventName.",
    "eventName.\x07",
    "requestParameters.",
    "requestParameters..a",
    'requestParameters.a"b',
    "requestParameters.a\\b",
    "requestParameters.a\tb",
    "requestParameters.\x00",
    "requestParameters.\x7f",
    "requestParameters.\ufffd",
    'a"b',
    "a\\b.c",
)
PATHS = (
    "eventName",
    "eventSource",
    "errorCode",
    "readOnly",
    "sourceIPAddress",
    "userAgent",
    "eventTime",
    "userIdentity",
    "userIdentity.type",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "requestParameters.userName",
    "requestParameters.items.cidr",
    "derived.principal",
    *ODD_PATHS,
)
WORDS = (
    "DeleteGroup",
    "deletegroup",
    "Root",
    "true",
    "7",
    "7.0",
    "",
    "203.0.113.9",
    "Straße",
    "STRASSE",
    "a.b",
    '"',
    "*",
    "?",
    "\\",
    "é\u2028",
)
TIMES = ("2026-03-02T08:00:00Z", "2026-03-02", "9999-12-31T23:59:59-14:00", "2026-W10")
SCALARS: st.SearchStrategy[Any] = (
    st.sampled_from((*WORDS, *TIMES))
    | st.sampled_from((None, True, False, 0, 1, 7, 7.0, 7.5, -1, 10**30, 1e22))
    | st.text(max_size=3)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("type", "userName", "items", "cidr", "a", "a.b")), inner, max_size=3)
    ),
    max_leaves=5,
)


def _patterns() -> st.SearchStrategy[Text]:
    parts = st.lists(st.sampled_from((*WORDS, "e", "Delete", Wildcard.ANY, Wildcard.ONE)), max_size=4).map(tuple)
    signs = st.lists(st.sampled_from(("*", "?", "\\", Wildcard.ANY, Wildcard.ONE)), min_size=1, max_size=2).map(tuple)
    return st.builds(Text, parts=parts | signs, is_cased=st.booleans())


_NUMBERS = st.sampled_from((0, 1, 7, 7.0, 7.5, 10**30))
TESTS: st.SearchStrategy[Any] = st.one_of(
    _patterns(),
    st.builds(Number, value=_NUMBERS),
    st.builds(Boolean, value=st.booleans()),
    st.just(Null()),
    st.builds(Exists, expected=st.booleans()),
    st.builds(
        Regex,
        pattern=st.sampled_from(("^Delete", "oo", "(?i)root", "", "[0-9]+$")),
        flags=st.sampled_from((frozenset(), frozenset("i"), frozenset("ims"))),
    ),
    st.builds(Cidr, network=st.sampled_from(("203.0.113.0/24", "::/0", "0.0.0.0/0"))),
    st.builds(Compare, comparison=st.sampled_from(Comparison), value=_NUMBERS),
    st.builds(
        TimePart,
        unit=st.sampled_from(TimeUnit),
        comparison=st.sampled_from(Comparison),
        value=st.sampled_from((3, 8, 10, 2026)),
    ),
    st.builds(FieldRef, field=st.sampled_from(PATHS), anchor=st.sampled_from(Anchor), is_cased=st.booleans()),
)
KEYWORDS = st.builds(
    Keyword, test=st.one_of(_patterns(), st.builds(Number, value=_NUMBERS), st.builds(Boolean, value=st.booleans()))
)
CONDITIONS: st.SearchStrategy[Any] = st.recursive(
    st.builds(FieldTest, field=st.sampled_from(PATHS), test=TESTS) | KEYWORDS,
    lambda inner: (
        st.builds(And, items=st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, items=st.lists(inner, max_size=3).map(tuple))
        | st.builds(Not, item=inner)
    ),
    max_leaves=6,
)


_ODD_KEYS = ("", "a", ".", ".a", 'a"b', "a\\b", "a\tb", "\x00", "\x7f", "\ufffd", "c", "date")


def records() -> st.SearchStrategy[dict[str, Any]]:
    """Records in CloudTrail's shape, or with anything at all where a field is expected, dotted keys among them."""
    identity = st.fixed_dictionaries(
        {"type": SCALARS}, optional={"sessionContext": st.just({"attributes": {"mfaAuthenticated": "true"}}) | VALUES}
    )
    parameters = st.fixed_dictionaries(
        {},
        optional={"userName": VALUES, "items": st.lists(st.fixed_dictionaries({"cidr": SCALARS}), max_size=3) | VALUES},
    )
    odd = st.dictionaries(st.sampled_from(_ODD_KEYS), VALUES, max_size=4)
    return st.fixed_dictionaries(
        {},
        optional={
            "eventVersion": st.just("1.11"),
            "userIdentity": identity | VALUES,
            "eventTime": st.sampled_from(TIMES) | SCALARS | odd,
            "eventSource": st.sampled_from(WORDS) | VALUES,
            "eventName": st.sampled_from(WORDS) | VALUES | odd,
            "errorCode": SCALARS,
            "readOnly": st.booleans() | SCALARS,
            "sourceIPAddress": SCALARS,
            "userAgent": SCALARS,
            "requestParameters": parameters | VALUES | odd,
            "userIdentity.type": VALUES,
            "userIdentity.sessionContext.attributes": st.just({"mfaAuthenticated": "true"}) | VALUES,
            "requestParameters.userName": VALUES,
            "eventTime.date": VALUES,
            "": odd | VALUES,
            'a"b': VALUES,
            "a\\b": odd,
        },
    )
