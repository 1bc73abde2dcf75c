"""What can be told of a correlation's condition without any event."""

from __future__ import annotations

from daemon.condition import Comparison
from daemon.model import AllOf, AnyOf, Bounds, Correlation, CorrelationCondition, CorrelationType, NoneOf

_UPWARDS = (Comparison.GT, Comparison.GTE)
_GROWING = {
    CorrelationType.EVENT_COUNT,
    CorrelationType.VALUE_COUNT,
    CorrelationType.TEMPORAL,
    CorrelationType.TEMPORAL_ORDERED,
    CorrelationType.VALUE_SUM,
}


def fires_at_once(correlation: Correlation) -> bool:
    """Whether more events can only make the condition truer, so that nothing needs to be waited for.

    A sum counts as such: only values below zero could take it back, and then the alert is revised.
    """
    return correlation.type in _GROWING and _is_upward(correlation.condition)


def is_never_contradicted(correlation: Correlation) -> bool:
    """Whether a window that fired once fires for ever, whatever else comes.

    Not so what is about other correlations: two bursts of these may turn out to be one, or none.
    """
    if any(base.is_correlation for base in correlation.bases):
        return False
    return fires_at_once(correlation) and correlation.type is not CorrelationType.VALUE_SUM


def least_occurrences(correlation: Correlation) -> int:
    """So many rows a group must have before its condition can hold: what spares looking at most groups.

    1 where something that fired may have to be taken back: then every group must be looked at.
    """
    condition = correlation.condition
    if not isinstance(condition, Bounds) or not is_never_contradicted(correlation):
        return 1
    if correlation.type is CorrelationType.EVENT_COUNT or correlation.type.is_temporal:
        bounds = (bound.value + (bound.comparison is Comparison.GT) for bound in condition.bounds)
        return max(1, *map(int, bounds))
    return 1


def _is_upward(condition: CorrelationCondition) -> bool:
    match condition:
        case Bounds(bounds=bounds):
            return all(bound.comparison in _UPWARDS for bound in bounds)
        case AllOf(items=items) | AnyOf(items=items):
            return all(map(_is_upward, items))
        case NoneOf():
            return False
    return True
