from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import AllOf, AnyOf, CorrelationCondition, CorrelationType, NoneOf, Occurs
from daemon.windows import Occurrence, firing_points
from tests.doubles.correlating import SECOND, bounds, correlation, naive_points

EVERYWHERE = ((-(2**62), 2**62),)
A, B, C = (Occurs(base=number) for number in range(3))
CONDITIONS: dict[str, tuple[CorrelationType, CorrelationCondition]] = {
    "event_count gte": (CorrelationType.EVENT_COUNT, bounds(gte=3)),
    "event_count lt": (CorrelationType.EVENT_COUNT, bounds(lt=3)),
    "event_count eq": (CorrelationType.EVENT_COUNT, bounds(eq=2)),
    "event_count neq": (CorrelationType.EVENT_COUNT, bounds(neq=2)),
    "event_count range": (CorrelationType.EVENT_COUNT, bounds(gt=1, lte=3)),
    "value_count gt": (CorrelationType.VALUE_COUNT, bounds(["userName"], gt=1)),
    "value_count lte": (CorrelationType.VALUE_COUNT, bounds(["userName"], lte=1)),
    "value_sum gte": (CorrelationType.VALUE_SUM, bounds(["size"], gte=7)),
    "value_avg gt": (CorrelationType.VALUE_AVG, bounds(["size"], gt=2.5)),
    "value_median lt": (CorrelationType.VALUE_MEDIAN, bounds(["size"], lt=2)),
    "value_percentile gte": (CorrelationType.VALUE_PERCENTILE, bounds(["size"], percentile=90, gte=3)),
    "value_percentile of none named": (CorrelationType.VALUE_PERCENTILE, bounds(["size"], gte=3)),
    "temporal all": (CorrelationType.TEMPORAL, bounds(gte=3)),
    "temporal two": (CorrelationType.TEMPORAL, bounds(gte=2)),
    "temporal lt": (CorrelationType.TEMPORAL, bounds(lt=2)),
    "temporal and not": (CorrelationType.TEMPORAL, AllOf(items=(A, NoneOf(item=B)))),
    "temporal or": (CorrelationType.TEMPORAL, AnyOf(items=(AllOf(items=(A, B)), C))),
    "temporal_ordered all": (CorrelationType.TEMPORAL_ORDERED, bounds(gte=3)),
    "temporal_ordered two": (CorrelationType.TEMPORAL_ORDERED, bounds(gte=2)),
    "temporal_ordered and": (CorrelationType.TEMPORAL_ORDERED, AllOf(items=(A, C))),
    "temporal_ordered or not": (CorrelationType.TEMPORAL_ORDERED, AllOf(items=(AnyOf(items=(A, B)), NoneOf(item=C)))),
    "temporal_ordered twice denied": (CorrelationType.TEMPORAL_ORDERED, NoneOf(item=NoneOf(item=AllOf(items=(A, B))))),
}
NUMBERS = st.one_of(st.integers(-3, 9), st.sampled_from([0.1, 0.2, 2.5, 1e9]))


@st.composite
def occurrences(draw: st.DrawFn, *, is_counting: bool) -> list[Occurrence]:
    """Some of which last, all within an hour."""
    found = []
    for number in range(draw(st.integers(0, 9))):
        at = draw(st.integers(0, 40)) * SECOND
        lasts = draw(st.sampled_from([0, 0, 0, 5, 15])) * SECOND
        texts: st.SearchStrategy[list[str | float]] = st.lists(st.sampled_from("abc"), max_size=2)
        numbers: st.SearchStrategy[list[str | float]] = st.lists(NUMBERS, max_size=2)
        values = draw(texts if is_counting else numbers)
        found.append(Occurrence(at, at + lasts, draw(st.integers(0, 2)), f"event-{number}", tuple(values)))
    return found


@pytest.mark.parametrize("name", CONDITIONS)
@given(data=st.data())
def test_a_sliding_window_says_what_each_window_by_itself_says(name: str, data: st.DataObject) -> None:
    kind, condition = CONDITIONS[name]
    of = correlation(kind, condition, bases=3, minutes=1 / 6)
    happened = data.draw(occurrences(is_counting=kind is CorrelationType.VALUE_COUNT))
    assert firing_points(of, happened, within=EVERYWHERE) == naive_points(of, happened)


@given(data=st.data())
def test_only_ends_within_the_ranges_are_asked(data: st.DataObject) -> None:
    of = correlation(condition=bounds(gte=2), minutes=1 / 6)
    happened = data.draw(occurrences(is_counting=True))
    ranges = [(5 * SECOND, 12 * SECOND), (30 * SECOND, 31 * SECOND)]
    inside = [point for point in naive_points(of, happened) if any(begin <= point <= end for begin, end in ranges)]
    assert firing_points(of, happened, within=ranges) == inside


def test_a_window_is_trailing_and_inclusive() -> None:
    of = correlation(condition=bounds(gte=2), minutes=10)
    begin, end = 0, 600 * SECOND
    both = [Occurrence(begin, begin, 0, "a"), Occurrence(end, end, 0, "b")]
    assert firing_points(of, both, within=EVERYWHERE) == [end]
    apart = [both[0], Occurrence(end + 1, end + 1, 0, "b")]
    assert firing_points(of, apart, within=EVERYWHERE) == []


def test_an_event_that_two_rules_match_counts_once() -> None:
    of = correlation(condition=bounds(gte=2), bases=2)
    assert firing_points(of, [Occurrence(0, 0, 0, "a"), Occurrence(0, 0, 1, "a")], within=EVERYWHERE) == []


@pytest.mark.parametrize("name", ["value_sum", "value_avg", "value_median"])
def test_an_event_that_two_rules_match_has_its_values_once(name: str) -> None:
    of = correlation(CorrelationType(name), bounds(["size"], eq=4), bases=2)
    once, other = Occurrence(0, 0, 0, "a", (2,)), Occurrence(0, 0, 0, "b", (2 if name == "value_sum" else 6,))
    assert firing_points(of, [once, once._replace(base=1), other], within=EVERYWHERE) == [0]


def test_sums_are_exact_whatever_came_and_went_before() -> None:
    of = correlation(CorrelationType.VALUE_SUM, bounds(["size"], eq=0.3), minutes=1)
    huge = Occurrence(0, 0, 0, "huge", (1e15,))
    later = timedelta(minutes=5) // timedelta(microseconds=1)
    small = [Occurrence(later + number, later + number, 0, f"s{number}", (0.1,)) for number in range(3)]
    assert firing_points(of, [huge, *small], within=EVERYWHERE) == [later + 2]


def test_an_expression_is_refused_where_numbers_are_compared() -> None:
    with pytest.raises(TypeError, match="an expression is for temporal correlations"):
        firing_points(correlation(CorrelationType.EVENT_COUNT, A), [Occurrence(0, 0, 0, "a")], within=EVERYWHERE)


def test_a_rule_may_be_asked_for_and_against_in_one_expression() -> None:
    a, b = Occurs(base=0), Occurs(base=1)
    of = correlation(CorrelationType.TEMPORAL_ORDERED, AnyOf(items=(b, AllOf(items=(a, NoneOf(item=b))))), bases=2)
    stream = [Occurrence(number, number, base, f"event-{number}") for number, base in enumerate([0, 1, 0])]
    assert firing_points(of, stream, within=EVERYWHERE) == naive_points(of, stream) == [0, 1, 2]


def test_many_rules_in_another_order_are_dismissed_at_once() -> None:
    every = AllOf(items=tuple(Occurs(base=base) for base in range(60)))
    of = correlation(CorrelationType.TEMPORAL_ORDERED, every, bases=60)
    stream = [Occurrence(number, number, 59 - number, f"event-{number}") for number in range(60)]
    assert firing_points(of, stream, within=EVERYWHERE) == []
