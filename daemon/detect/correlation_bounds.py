"""The condition of a correlation that compares numbers, `{gte: 10, field: x}`, in; its bounds and every fault out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from daemon.condition import Comparison
from daemon.detect.bounds import Domain, always_holds, can_hold
from daemon.detect.references import Name, read_names
from daemon.detect.refused import Refused, did_you_mean
from daemon.detect.yaml_lines import Document
from daemon.errors import Problem
from daemon.model import Bound, Bounds, CorrelationType

AT = ("correlation", "condition")
FORM = "write one such as: condition: {gte: 10}"
_SIGNS = {str(comparison): comparison for comparison in Comparison}
_LARGEST = 2**53  # what is larger is no longer told from its neighbour


def read_bounds(
    document: Document, kind: CorrelationType, *, rules: int
) -> tuple[Bounds | None, tuple[Name, ...], tuple[Problem, ...]]:
    """The bounds, or None where a problem keeps them from being built, and the fields as written."""
    written = document.value["correlation"]["condition"]
    fields, problems = read_names(document, (*AT, "field"), written.get("field"))
    bounds: list[Bound] = []
    found: list[Problem] = [*problems, *_misplaced(document, kind, written, fields)]
    for key, value in written.items():
        if key in _SIGNS:
            try:
                bounds.append(Bound(comparison=_SIGNS[key], value=_number(value, is_whole=_is_whole(kind))))
            except Refused as fault:
                found.append(document.problem((*AT, key), fault.what, fault.fix))
    if not found:
        found += _doubts(document, kind, bounds, rules)
    if any(not problem.is_warning for problem in found):
        return None, fields, tuple(found)
    percentile = float(written["percentile"]) if kind is CorrelationType.VALUE_PERCENTILE else None
    named = tuple(name.text for name in fields)
    return Bounds(bounds=tuple(bounds), fields=named, percentile=percentile), fields, tuple(found)


def _misplaced(
    document: Document, kind: CorrelationType, written: Mapping[Any, Any], fields: Sequence[Name]
) -> Iterator[Problem]:
    """Keys that are unknown, that this type has no use for, or that it needs and lacks."""
    known = {*_SIGNS, "field", "percentile"}
    for key in written:
        if key not in known:
            hint = did_you_mean(str(key), known)
            yield document.problem((*AT, str(key)), f"unknown key condition.{key}", hint)
    is_counting = kind.is_temporal or kind is CorrelationType.EVENT_COUNT
    if is_counting and "field" in written:
        yield document.problem((*AT, "field"), f"a correlation of the type {kind} looks at no field", "take it out")
    elif not is_counting and not fields and "field" not in written:
        fix = "add the one whose values count, such as: field: sourceIPAddress"
        yield document.problem(AT, f"a correlation of the type {kind} needs a field", fix)
    elif not is_counting and written["field"] in (None, []):
        yield document.problem((*AT, "field"), "condition.field names no field", "name the one whose values count")
    elif not is_counting and kind is not CorrelationType.VALUE_COUNT and len(fields) > 1:
        fix = "name one; only value_count takes several, as a combination"
        yield document.problem((*AT, "field"), f"a correlation of the type {kind} takes one field", fix)
    yield from _misplaced_percentile(document, kind, written)
    if not known.intersection(written).intersection(_SIGNS):
        yield document.problem(AT, "the condition compares with no number", f"add one of {', '.join(_SIGNS)}")


def _misplaced_percentile(document: Document, kind: CorrelationType, written: Mapping[Any, Any]) -> Iterator[Problem]:
    percentile = written.get("percentile")
    if kind is not CorrelationType.VALUE_PERCENTILE:
        if "percentile" in written:
            fix = "take it out, or make the type value_percentile"
            yield document.problem((*AT, "percentile"), f"a correlation of the type {kind} has no percentile", fix)
    elif percentile is None:
        what = "a correlation of the type value_percentile needs to say which percentile"
        yield document.problem(AT, what, "add one from 0 to 100, such as percentile: 95 (50 is the median)")
    elif isinstance(percentile, bool) or not isinstance(percentile, int | float) or not 0 <= percentile <= 100:
        yield document.problem((*AT, "percentile"), f"'{percentile}' is no percentile", "give a number from 0 to 100")


def _is_whole(kind: CorrelationType) -> bool:
    return kind.is_temporal or kind in (CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT)


def _number(written: Any, *, is_whole: bool) -> int | float:
    """A threshold, which may stand in quotes (pySigma takes that too). Raises Refused."""
    try:
        number = math.nan if isinstance(written, bool) else float(written)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= _LARGEST:
        raise Refused(f"'{str(written)[:40]}' is no number to compare with", FORM)
    if number.is_integer():
        return int(number)
    if is_whole:
        raise Refused(f"a count is never {written}", "give a whole number")
    return number


def _doubts(document: Document, kind: CorrelationType, bounds: Sequence[Bound], rules: int) -> Iterator[Problem]:
    domain = _domain(kind, rules)
    if not can_hold(bounds, domain):
        why = f": of {rules} rules, 1 to {rules} match" if kind.is_temporal else ""
        what = f"no window ever comes to such a number{why}"
        yield document.problem(AT, what, "a window begins with a match, and all numbers of the condition must hold")
    elif always_holds(bounds, domain):
        what = "the condition holds in every window, from the first match on"
        yield document.problem(AT, what, "raise the number", is_warning=True)


def _domain(kind: CorrelationType, rules: int) -> Domain:
    if kind.is_temporal:
        return Domain(lowest=1, highest=rules)
    if kind is CorrelationType.EVENT_COUNT:
        return Domain(lowest=1)
    # What a field does not hold cannot be counted: a window of events without it comes to 0.
    return Domain(lowest=0) if kind is CorrelationType.VALUE_COUNT else Domain(is_whole=False)
