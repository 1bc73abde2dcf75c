"""A correlation in a sentence, for people who ask why they are told: `5 events or more of 'x' within 10 min`."""

from __future__ import annotations

from datetime import timedelta

from daemon.condition import Comparison
from daemon.model import AllOf, AnyOf, Bound, Bounds, Correlation, CorrelationType, Expression, Occurs

_RELATIONS = {
    Comparison.EQ: "exactly {}",
    Comparison.NEQ: "any but {}",
    Comparison.LT: "less than {}",
    Comparison.LTE: "{} or less",
    Comparison.GT: "more than {}",
    Comparison.GTE: "{} or more",
}
_NUMBERS = {
    CorrelationType.EVENT_COUNT: "events",
    CorrelationType.VALUE_COUNT: "different values of {}",
    CorrelationType.VALUE_SUM: "the sum of {}",
    CorrelationType.VALUE_AVG: "the average of {}",
    CorrelationType.VALUE_MEDIAN: "the median of {}",
}
_UNITS = ((timedelta(days=1), "days"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


def describe_correlation(correlation: Correlation) -> str:
    """What it asks for, by which fields, in which time."""
    by = f" by {', '.join(correlation.group_by)}" if correlation.group_by else ""
    return f"{_asked(correlation)} within {_duration(correlation.timespan)}{by}"


def percentile_of(condition: Bounds) -> float:
    """The one that is named; else the median."""
    return 50.0 if condition.percentile is None else condition.percentile


def _asked(correlation: Correlation) -> str:
    condition, names = correlation.condition, [base.reference for base in correlation.bases]
    order = " in this order" if correlation.type is CorrelationType.TEMPORAL_ORDERED else ""
    if not isinstance(condition, Bounds):
        return _expression(condition, names) + order
    relations = " and ".join(map(_relation, condition.bounds))
    if correlation.type.is_temporal:
        return f"{relations} of the rules {', '.join(names)}{order}"
    fields = ", ".join(condition.fields)
    if correlation.type is CorrelationType.VALUE_PERCENTILE:
        return f"percentile {percentile_of(condition):g} of {fields} is {relations}, of {', '.join(names)}"
    number = _NUMBERS[correlation.type]
    if correlation.type in (CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT):
        return f"{relations} {number.format(fields)} of {', '.join(names)}"
    return f"{number.format(fields)} is {relations}, of {', '.join(names)}"


def _relation(bound: Bound) -> str:
    return _RELATIONS[bound.comparison].format(f"{bound.value:g}" if isinstance(bound.value, float) else bound.value)


def _expression(expression: Expression, names: list[str]) -> str:
    match expression:
        case Occurs(base=base):
            return names[base]
        case AllOf(items=items):
            return f"({' and '.join(_expression(item, names) for item in items)})"
        case AnyOf(items=items):
            return f"({' or '.join(_expression(item, names) for item in items)})"
        case _:
            return f"not {_expression(expression.item, names)}"


def _duration(span: timedelta) -> str:
    for unit, name in _UNITS:
        if not span % unit:
            return f"{span // unit} {name}"
    return f"{span.total_seconds():g} s"
