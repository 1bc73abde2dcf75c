from __future__ import annotations

import pytest

from daemon.model import AllOf, AnyOf, CorrelationCondition, CorrelationType, NoneOf, Occurs
from daemon.windows import fires_at_once, is_never_contradicted, least_occurrences
from tests.doubles.correlating import bounds, correlation

A, B = Occurs(base=0), Occurs(base=1)


@pytest.mark.parametrize(
    ("kind", "condition", "is_at_once", "is_final"),
    [
        (CorrelationType.EVENT_COUNT, bounds(gte=5), True, True),
        (CorrelationType.EVENT_COUNT, bounds(gt=5), True, True),
        (CorrelationType.EVENT_COUNT, bounds(gt=5, lte=9), False, False),
        (CorrelationType.EVENT_COUNT, bounds(lt=5), False, False),
        (CorrelationType.EVENT_COUNT, bounds(eq=5), False, False),
        (CorrelationType.EVENT_COUNT, bounds(neq=5), False, False),
        (CorrelationType.VALUE_COUNT, bounds(["a"], gte=5), True, True),
        (CorrelationType.TEMPORAL, bounds(gte=2), True, True),
        (CorrelationType.TEMPORAL_ORDERED, AllOf(items=(A, AnyOf(items=(A, B)))), True, True),
        (CorrelationType.TEMPORAL, AllOf(items=(A, NoneOf(item=B))), False, False),
        (CorrelationType.VALUE_SUM, bounds(["a"], gte=5), True, False),
        (CorrelationType.VALUE_AVG, bounds(["a"], gte=5), False, False),
        (CorrelationType.VALUE_MEDIAN, bounds(["a"], gte=5), False, False),
        (CorrelationType.VALUE_PERCENTILE, bounds(["a"], percentile=90, gte=5), False, False),
    ],
)
def test_what_more_events_can_only_make_truer_fires_at_once(
    kind: CorrelationType, condition: CorrelationCondition, is_at_once: bool, is_final: bool
) -> None:
    of = correlation(kind, condition, bases=2)
    assert (fires_at_once(of), is_never_contradicted(of)) == (is_at_once, is_final)


def test_what_bursts_of_another_correlation_made_true_may_be_contradicted() -> None:
    of = correlation(condition=bounds(gte=2), base_is_correlation=True)
    assert (fires_at_once(of), is_never_contradicted(of)) == (True, False)


@pytest.mark.parametrize(
    ("kind", "condition", "least"),
    [
        (CorrelationType.EVENT_COUNT, bounds(gte=5), 5),
        (CorrelationType.EVENT_COUNT, bounds(gt=5), 6),
        (CorrelationType.EVENT_COUNT, bounds(gte=2, gt=7), 8),
        (CorrelationType.EVENT_COUNT, bounds(gte=0), 1),
        (CorrelationType.EVENT_COUNT, bounds(lt=5), 1),
        (CorrelationType.TEMPORAL, bounds(gte=2), 2),
        (CorrelationType.TEMPORAL, AllOf(items=(A, B)), 1),
        (CorrelationType.VALUE_COUNT, bounds(["a"], gte=5), 1),
    ],
)
def test_so_many_rows_a_group_must_have(kind: CorrelationType, condition: CorrelationCondition, least: int) -> None:
    assert least_occurrences(correlation(kind, condition, bases=2)) == least
