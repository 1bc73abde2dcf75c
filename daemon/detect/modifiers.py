"""Which of Sigma's modifiers stand together, and in which order: a chain of names in, a reason against it out.

pySigma takes many a chain whose meaning nobody would guess (of two times of day the last one counts); here it is
refused. "Value modifiers are applied in the given order" (Sigma specification): what comes out must be what goes in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import combinations, pairwise

from daemon.detect.refused import Refused, did_you_mean


class Kind(Enum):
    """Modifiers of one kind may stand in each other's place."""

    ALL = "all"
    NEQ = "neq"
    EXPAND = "expand"
    CASED = "cased"
    ANCHOR = "an end of the text"
    WINDASH = "windash"
    UTF16 = "utf16"
    BASE64 = "base64"
    RE = "re"
    FLAG = "a flag of re"
    CIDR = "cidr"
    EXISTS = "exists"
    FIELDREF = "fieldref"
    COMPARISON = "a comparison"
    TIME = "a part of a time"


_NAMES = {
    Kind.ANCHOR: ("contains", "startswith", "endswith"),
    Kind.UTF16: ("wide", "utf16le", "utf16be", "utf16"),
    Kind.BASE64: ("base64", "base64offset"),
    Kind.FLAG: ("i", "m", "s", "ignorecase", "multiline", "dotall"),
    Kind.COMPARISON: ("lt", "lte", "gt", "gte"),
    Kind.TIME: ("minute", "hour", "day", "week", "month", "year"),
}
KINDS: dict[str, Kind] = {name: kind for kind in Kind for name in _NAMES.get(kind, (kind.value,))}
MODIFIERS = frozenset(KINDS)
_ENCODINGS = frozenset({Kind.UTF16, Kind.BASE64})
_ON_TEXT = frozenset({Kind.EXPAND, Kind.CASED, Kind.ANCHOR, Kind.WINDASH, *_ENCODINGS})
_TOGETHER: dict[Kind, frozenset[Kind]] = {
    Kind.EXPAND: _ON_TEXT | {Kind.RE, Kind.FLAG, Kind.CIDR},
    Kind.CASED: _ON_TEXT | {Kind.FIELDREF},
    Kind.ANCHOR: _ON_TEXT | {Kind.FIELDREF, Kind.RE, Kind.FLAG},
    Kind.WINDASH: _ON_TEXT,
    Kind.UTF16: _ON_TEXT,
    Kind.BASE64: _ON_TEXT,
    Kind.RE: frozenset({Kind.EXPAND, Kind.ANCHOR, Kind.FLAG}),
    Kind.FLAG: frozenset({Kind.EXPAND, Kind.ANCHOR, Kind.RE, Kind.FLAG}),
    Kind.CIDR: frozenset({Kind.EXPAND}),
    Kind.EXISTS: frozenset(),
    Kind.FIELDREF: frozenset({Kind.CASED, Kind.ANCHOR}),
    Kind.COMPARISON: frozenset({Kind.TIME}),
    Kind.TIME: frozenset({Kind.COMPARISON}),
}
_LISTS = frozenset({Kind.ALL, Kind.NEQ})  # about the list of values as a whole, whatever these are
_ALONE = frozenset({Kind.ANCHOR, Kind.COMPARISON, Kind.TIME})  # one of the kind in a chain
_BEFORE = (  # the first of the two changes what the second works on
    (Kind.WINDASH, Kind.UTF16),
    (Kind.WINDASH, Kind.BASE64),
    (Kind.UTF16, Kind.ANCHOR),
    (Kind.BASE64, Kind.ANCHOR),
    (Kind.RE, Kind.FLAG),
    (Kind.RE, Kind.ANCHOR),
    (Kind.FIELDREF, Kind.ANCHOR),
    (Kind.TIME, Kind.COMPARISON),
)
_NEEDS_FIELD = frozenset({Kind.CIDR, Kind.EXISTS, Kind.FIELDREF, Kind.COMPARISON, Kind.TIME})
_FIXES = {
    frozenset({Kind.CASED, Kind.RE}): "regular expressions are case-sensitive unless |i is given",
    frozenset({Kind.EXISTS, Kind.NEQ}): "write exists: false",
    frozenset({Kind.EXISTS, Kind.ALL}): "exists takes one value, true or false",
    frozenset({Kind.WINDASH, Kind.RE}): "write the dashes into the expression: [-/\u2013\u2014\u2015]",
    frozenset({Kind.COMPARISON}): "write two keys: they both must hold",
    frozenset({Kind.TIME}): "write two keys: they both must hold",
    frozenset({Kind.ANCHOR}): "write two keys, or a value with wildcards",
}


def split_key(key: str) -> tuple[str | None, tuple[str, ...]]:
    """`userName|contains|all` to the field (None for a keyword) and its modifiers. Raises Refused."""
    field, *modifiers = key.split("|")
    if any(part != part.strip() for part in (field, *modifiers)):
        raise Refused(f"'{key}' has blanks around its names", f"write '{'|'.join(map(str.strip, key.split('|')))}'")
    for modifier in modifiers:
        if modifier not in MODIFIERS:
            hint = did_you_mean(modifier, MODIFIERS) or f"Sigma knows {', '.join(sorted(MODIFIERS))}"
            raise Refused(f"unknown modifier '{modifier}'", hint)
    check_chain(modifiers)
    if not field:
        _check_search(modifiers)
    return field or None, tuple(modifiers)


def check_chain(modifiers: Sequence[str]) -> None:
    """Refuse modifiers that mean nothing together, or nothing in this order."""
    _check_repeats(modifiers)
    for first, second in combinations(modifiers, 2):
        kinds = frozenset({KINDS[first], KINDS[second]})
        if not _go_together(first, second):
            raise Refused(f"'{first}' and '{second}' do not go together", _FIXES.get(kinds, "see docs/sigma.md"))
        if (KINDS[second], KINDS[first]) in _BEFORE:
            fix = f"modifiers are applied from left to right: write {second}|{first}"
            raise Refused(f"'{second}' stands behind '{first}'", fix)
    if not _has(modifiers, {Kind.RE}) and _has(modifiers, {Kind.FLAG}):
        flag = next(name for name in modifiers if KINDS[name] is Kind.FLAG)
        raise Refused(f"'{flag}' is a flag of re, which is not here", f"write re|{flag}")


def _check_repeats(modifiers: Sequence[str]) -> None:
    for name in modifiers:
        if modifiers.count(name) > 1 and name != "base64":  # encoding twice is a thing that people do
            raise Refused(f"'{name}' stands twice", "leave one out")
    for first, second in pairwise(modifiers):
        if KINDS[first] is KINDS[second] is Kind.UTF16:
            raise Refused(f"'{first}' and '{second}' do not go together", "a text is put into UTF-16 once")


def _go_together(first: str, second: str) -> bool:
    one, other = KINDS[first], KINDS[second]
    if one is other and one in _ALONE:
        return False
    if not _LISTS.isdisjoint((one, other)):
        return Kind.EXISTS not in (one, other)
    return other in _TOGETHER[one]


def _check_search(modifiers: Sequence[str]) -> None:
    for name in modifiers:
        if KINDS[name] in _NEEDS_FIELD:
            raise Refused(f"'{name}' needs a field", "write the field's name before the '|'")


def _has(modifiers: Iterable[str], kinds: Iterable[Kind]) -> bool:
    return not {KINDS[name] for name in modifiers}.isdisjoint(kinds)


def is_encoded(modifiers: Iterable[str]) -> bool:
    """Whether the value is put into UTF-16 or base64."""
    return _has(modifiers, _ENCODINGS)


def is_anchored(modifiers: Iterable[str]) -> bool:
    """Whether the value may be a part of what is there."""
    return _has(modifiers, {Kind.ANCHOR})


def is_about_text(modifiers: Iterable[str]) -> bool:
    """Whether nothing makes more of a text than a text."""
    return not _has(modifiers, {Kind.RE, Kind.CIDR, Kind.EXISTS, Kind.FIELDREF, Kind.COMPARISON, Kind.TIME})
