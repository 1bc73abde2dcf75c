from __future__ import annotations

import pytest

from daemon.model import AllOf, AnyOf, CorrelationCondition, CorrelationType, NoneOf, Occurs
from daemon.windows import describe_correlation
from tests.doubles.correlating import bounds, correlation

A, B, C = (Occurs(base=number) for number in range(3))
BY = "within 10 min by derived.principal"


@pytest.mark.parametrize(
    ("kind", "condition", "words"),
    [
        (CorrelationType.EVENT_COUNT, bounds(gte=5), "5 or more events of base_0, base_1, base_2"),
        (
            CorrelationType.EVENT_COUNT,
            bounds(gt=1, lte=3),
            "more than 1 and 3 or less events of base_0, base_1, base_2",
        ),
        (
            CorrelationType.VALUE_COUNT,
            bounds(["userName", "awsRegion"], lt=5),
            "less than 5 different values of userName, awsRegion of base_0, base_1, base_2",
        ),
        (
            CorrelationType.VALUE_SUM,
            bounds(["size"], gte=2.5),
            "the sum of size is 2.5 or more, of base_0, base_1, base_2",
        ),
        (
            CorrelationType.VALUE_PERCENTILE,
            bounds(["size"], percentile=95, neq=0),
            "percentile 95 of size is any but 0, of base_0, base_1, base_2",
        ),
        (CorrelationType.TEMPORAL, bounds(gte=3), "3 or more of the rules base_0, base_1, base_2"),
        (CorrelationType.TEMPORAL_ORDERED, bounds(eq=3), "exactly 3 of the rules base_0, base_1, base_2 in this order"),
        (
            CorrelationType.TEMPORAL_ORDERED,
            AllOf(items=(A, AnyOf(items=(B, NoneOf(item=C))))),
            "(base_0 and (base_1 or not base_2)) in this order",
        ),
    ],
)
def test_a_correlation_in_words(kind: CorrelationType, condition: CorrelationCondition, words: str) -> None:
    assert describe_correlation(correlation(kind, condition, bases=3)) == f"{words} {BY}"


@pytest.mark.parametrize(("minutes", "words"), [(2 * 24 * 60, "2 days"), (180, "3 h"), (90, "90 min"), (0.5, "30 s")])
def test_a_timespan_in_words(minutes: float, words: str) -> None:
    told = describe_correlation(correlation(bases=1, minutes=minutes, group_by=()))
    assert told == f"5 or more events of base_0 within {words}"
