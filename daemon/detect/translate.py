"""One Sigma field, its modifiers and one value in; the condition that daemon.condition has for it out.

pySigma applies the modifiers; what it lacks (utf16le, cased on references, placeholders in every place) is added here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sigma.exceptions import SigmaError
from sigma.modifiers import modifier_mapping
from sigma.rule.detection import SigmaDetectionItem
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
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
from daemon.detect.placeholders import expand
from daemon.detect.refused import Refused, did_you_mean
from daemon.detect.value_faults import check_pattern, check_single, explained

MODIFIERS = frozenset({*modifier_mapping, "utf16le"})
_OURS = frozenset({"cased", "expand", "all", "neq"})  # carried out here; pySigma sees the others
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


def split_key(key: str) -> tuple[str | None, tuple[str, ...]]:
    """`userName|contains|all` to the field (None for a keyword) and its modifiers. Raises Refused."""
    field, *modifiers = key.split("|")
    if any(part != part.strip() for part in (field, *modifiers)):
        raise Refused(f"'{key}' has blanks around its names", f"write '{'|'.join(map(str.strip, key.split('|')))}'")
    for modifier in modifiers:
        if modifier not in MODIFIERS:
            hint = did_you_mean(modifier, MODIFIERS) or f"Sigma knows {', '.join(sorted(MODIFIERS))}"
            raise Refused(f"unknown modifier '{modifier}'", hint)
    return field or None, tuple(modifiers)


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
    names = ["wide" if name == "utf16le" else name for name in modifiers if name not in _OURS]
    if "re" in names:
        check_pattern(value)
    key = "|".join([field or "", *names])
    try:
        item = SigmaDetectionItem.from_mapping(key, value)
    except SigmaError as fault:
        raise explained(fault, names, value) from fault
    for test in (test for part in item.value for test in _from_sigma(part)):
        yield _cased(test) if "cased" in modifiers else test


def _from_sigma(value: SigmaType) -> Iterator[Test]:
    match value:
        case SigmaExpansion():
            for part in value.values:
                yield from _from_sigma(part)
        case SigmaTimestampPart():
            yield _time_part(value, Comparison.EQ)
        case SigmaCompareExpression(number=SigmaTimestampPart() as part, op=op):
            yield _time_part(part, _COMPARISONS[op])
        case _:
            yield _single(value)


def _single(value: SigmaType) -> Test:
    match value:
        case SigmaString():
            return Text(parts=_parts(value))
        case SigmaNumber():
            return Number(value=value.number)
        case SigmaBool():
            return Boolean(value=value.boolean)
        case SigmaNull():
            return Null()
        case SigmaExists():
            return Exists(expected=value.exists)
        case SigmaRegularExpression():
            flags = frozenset(value.sigma_to_re_flag[flag] for flag in value.flags)
            return Regex(pattern=str(value.regexp), flags=flags)
        case SigmaCIDRExpression():
            return Cidr(network=str(value.network))
        case SigmaCompareExpression():
            return Compare(comparison=_COMPARISONS[value.op], value=value.number.number)
        case SigmaFieldReference():
            name = value.field.replace("\\*", "*").replace("\\?", "?")  # pySigma escapes them; here they are letters
            return FieldRef(field=name, anchor=_anchor(value))
        case _:
            raise Refused(f"values of the kind {type(value).__name__} are not supported")


def _parts(value: SigmaString) -> tuple[str | Wildcard, ...]:
    parts: list[str | Wildcard] = []
    for piece in value.s:
        part = piece if isinstance(piece, str) else _WILDCARDS[piece] if isinstance(piece, SpecialChars) else ""
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
