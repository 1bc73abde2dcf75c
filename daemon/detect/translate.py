"""One Sigma field, its modifiers and one value in; the condition that daemon.condition has for it out.

pySigma reads wildcards, networks and references. What its modifiers do otherwise than the specification says, or not at
all (dashes, encodings, ends of regular expressions, cased on references, placeholders), is done here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule.detection import SigmaDetectionItem
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from daemon.condition import (
    Anchor,
    Boolean,
    Cidr,
    Compare,
    Comparison,
    Condition,
    Exists,
    FieldRef,
    FieldTest,
    Keyword,
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
from daemon.detect.encodings import dash_forms, encoded_forms
from daemon.detect.modifiers import KINDS, Kind, is_about_text, is_encoded
from daemon.detect.placeholders import expand
from daemon.detect.refused import Refused
from daemon.detect.value_faults import check_pattern, check_reference, check_single, check_whole, explained

_OURS = frozenset({"cased", "expand", "all", "neq"})  # carried out here; pySigma sees the others
_FLAGS = {"i": "i", "m": "m", "s": "s", "ignorecase": "i", "multiline": "m", "dotall": "s"}
_WILDCARDS = {SpecialChars.WILDCARD_MULTI: Wildcard.ANY, SpecialChars.WILDCARD_SINGLE: Wildcard.ONE}
_COMPARISONS = {
    CompareOperators.LT: Comparison.LT,
    CompareOperators.LTE: Comparison.LTE,
    CompareOperators.GT: Comparison.GT,
    CompareOperators.GTE: Comparison.GTE,
}
_RANGES = {
    TimeUnit.MINUTE: (0, 59),
    TimeUnit.HOUR: (0, 23),
    TimeUnit.DAY: (1, 31),
    TimeUnit.WEEK: (1, 53),
    TimeUnit.MONTH: (1, 12),
    TimeUnit.YEAR: (1, 9999),
}


_Parts = tuple[str | Wildcard, ...]


def translate_value(
    field: str | None, modifiers: Sequence[str], value: Any, *, variables: Mapping[str, Sequence[str]]
) -> Condition:
    """The condition that one value of a field stands for: a test, or an Or of several. Raises Refused."""
    check_single(value)
    values = _expanded(value, variables) if "expand" in modifiers else (value,)
    found = [test for each in values for test in _tests(field, modifiers, each)]
    if field is None:
        return _one_of([keyword for test in found for keyword in _keywords(test, modifiers)])
    return _one_of([FieldTest(field=field, test=test) for test in found])


def _one_of(items: Sequence[Condition]) -> Condition:
    return items[0] if len(items) == 1 else Or(items=tuple(items))


def _expanded(value: Any, variables: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if not isinstance(value, str):
        raise Refused("the expand modifier needs a text with a %placeholder%", "quote the value")
    return expand(value, variables)


def _tests(field: str | None, modifiers: Sequence[str], value: Any) -> Iterator[Test]:
    if isinstance(value, str) and is_about_text(modifiers):
        found: Iterator[Test] = _texts(modifiers, value)
    elif "re" in modifiers:
        found = iter((_regex(modifiers, value),))
    else:
        found = _by_sigma(field, modifiers, value)
    for test in found:
        yield _cased(test) if "cased" in modifiers else test


def _texts(modifiers: Sequence[str], value: str) -> Iterator[Test]:
    before = () if {"contains", "endswith"}.isdisjoint(modifiers) else (Wildcard.ANY,)
    after = () if {"contains", "startswith"}.isdisjoint(modifiers) else (Wildcard.ANY,)
    for text in dash_forms(value) if "windash" in modifiers else (value,):
        for parts in _encoded(modifiers, _parts(SigmaString(text))):
            yield Text(parts=_joined((*before, *parts, *after)))


def _encoded(modifiers: Sequence[str], parts: _Parts) -> Iterator[_Parts]:
    """Every form of a pattern; base64 leaves no place for wildcards, since letters run into each other."""
    if not is_encoded(modifiers):
        yield parts
        return
    if any(isinstance(part, Wildcard) for part in parts):
        raise Refused("a value with wildcards cannot be encoded", r"write \* or \? for the plain characters")
    for form in encoded_forms("".join(map(str, parts)), modifiers):
        yield (form,) if form else ()


def _regex(modifiers: Sequence[str], value: Any) -> Regex:
    """A pattern is found anywhere by itself; an end that is asked for is made one of the pattern's own."""
    check_pattern(value)
    flags = frozenset(_FLAGS[name] for name in modifiers if KINDS[name] is Kind.FLAG)
    if "startswith" in modifiers:
        return Regex(pattern=rf"\A(?:{value})", flags=flags)
    return Regex(pattern=rf"(?:{value})\z" if "endswith" in modifiers else value, flags=flags)


def _by_sigma(field: str | None, modifiers: Sequence[str], value: Any) -> Iterator[Test]:
    names = ["wide" if name == "utf16le" else name for name in modifiers if name not in _OURS]
    check_whole(value, names)
    check_reference(value, names)
    key = "|".join([field or "", *names])
    try:
        item = SigmaDetectionItem.from_mapping(key, value)
    except SigmaError as fault:
        raise explained(fault, names, value) from fault
    yield from (test for part in item.value for test in _from_sigma(part))


def _from_sigma(value: SigmaType) -> Iterator[Test]:
    match value:
        case SigmaTimestampPart():
            yield _time_part(value, Comparison.EQ)
        case SigmaCompareExpression(number=SigmaTimestampPart() as part, op=op):
            yield _time_part(part, _COMPARISONS[op])
        case _:
            yield _single(value)


def _single(value: SigmaType) -> Test:
    match value:
        case SigmaNumber():
            return Number(value=value.number)
        case SigmaBool():
            return Boolean(value=value.boolean)
        case SigmaNull():
            return Null()
        case SigmaExists():
            return Exists(expected=value.exists)
        case SigmaCIDRExpression():
            return Cidr(network=str(value.network))
        case SigmaCompareExpression():
            return Compare(comparison=_COMPARISONS[value.op], value=value.number.number)
        case SigmaFieldReference():
            name = value.field.replace("\\*", "*").replace("\\?", "?")  # pySigma escapes them; here they are letters
            return FieldRef(field=name, anchor=_anchor(value))
        case _:
            raise Refused(f"values of the kind {type(value).__name__} are not supported")


def _parts(value: SigmaString) -> _Parts:
    return _joined(_WILDCARDS[piece] if isinstance(piece, SpecialChars) else str(piece) for piece in value.s)


def _joined(pieces: Iterable[str | Wildcard]) -> _Parts:
    """Neighbouring literals as one, of neighbouring ANYs one, no empty literal."""
    parts: list[str | Wildcard] = []
    for part in pieces:
        last = parts[-1] if parts else ""
        if part is Wildcard.ANY and last is Wildcard.ANY:
            continue
        if isinstance(part, str) and isinstance(last, str) and parts:
            parts[-1] = last + part
        elif part:
            parts.append(part)
    return tuple(parts)


def _anchor(value: SigmaFieldReference) -> Anchor:
    if value.starts_with and value.ends_with:
        return Anchor.CONTAINS
    if value.starts_with:
        return Anchor.STARTSWITH
    return Anchor.ENDSWITH if value.ends_with else Anchor.EQUALS


def _time_part(value: SigmaTimestampPart, comparison: Comparison) -> TimePart:
    unit = TimeUnit(value.timestamp_part.name.lower())
    lowest, highest = _RANGES[unit]
    number = int(value.number)
    if not lowest <= number <= highest:
        raise Refused(f"{unit} can never be {number}", f"give a number from {lowest} to {highest}")
    return TimePart(unit=unit, comparison=comparison, value=number)


def _cased(test: Test) -> Test:
    if isinstance(test, Text | FieldRef):
        return replace(test, is_cased=True)
    raise Refused("the cased modifier is for texts", "regular expressions are case-sensitive unless |i is given")


def _keywords(test: Test, modifiers: Sequence[str]) -> Iterator[Keyword]:
    """A keyword is searched anywhere in a text, unless an end is fixed by a modifier."""
    if isinstance(test, Text) and all(isinstance(part, Wildcard) for part in test.parts):
        raise Refused("a search for nothing finds every event", "give the text to search for")
    match test:
        case Text() if {"startswith", "endswith"}.isdisjoint(modifiers):
            yield Keyword(test=_anywhere(test))
        case Text() | Regex() | Boolean():
            yield Keyword(test=test)
        case Number():
            yield Keyword(test=test)
            yield Keyword(test=_anywhere(Text(parts=(str(test.value),))))
        case _:
            raise Refused("a search without a field takes texts, numbers and regular expressions", "name a field")


def _anywhere(test: Text) -> Text:
    inner = test.parts
    before = () if inner[:1] == (Wildcard.ANY,) else (Wildcard.ANY,)
    after = () if inner[-1:] == (Wildcard.ANY,) else (Wildcard.ANY,)
    return replace(test, parts=(*before, *inner, *after))
