from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from daemon.model import CorrelationType, Feed, Occurs
from daemon.windows import counts_values, group_above, values_above, values_of
from daemon.windows.values import MOST_VALUES
from tests.doubles.correlating import bounds, correlation

COUNT, SUM = CorrelationType.VALUE_COUNT, CorrelationType.VALUE_SUM


@pytest.mark.parametrize(
    ("kind", "found", "values"),
    [
        (COUNT, [["a", "b", "a"]], ("a", "b")),
        (COUNT, [[True, 1, 2.5, None]], ("true", "1", "2.5")),
        (COUNT, [[False, {"inner": "object"}]], ("false",)),
        (COUNT, [["a"], ["x", "y"]], ('["a", "x"]', '["a", "y"]')),
        (COUNT, [["a"], []], ()),
        (COUNT, [], ()),
        (COUNT, [["x" * 100]], ("x" * 100,)),
        (COUNT, [["x" * 101]], ("sha256:" + sha256(b"x" * 101).hexdigest(),)),
        (COUNT, [["\ud800" * 101]], ("sha256:" + sha256(b"\\ud800" * 101).hexdigest(),)),
        (SUM, [[1, 2.5, "3", "-4.5", "1e2"]], (1, 2.5, 3, -4.5, 100.0)),
        (SUM, [[True, None, "many", "", float("inf"), 10**15, "9" * 40, {}]], ()),
        (CorrelationType.EVENT_COUNT, [], ()),
    ],
)
def test_what_fields_hold(kind: CorrelationType, found: list[list[Any]], values: tuple[Any, ...]) -> None:
    assert values_of(kind, found) == values


def test_of_one_event_only_so_many_values_count() -> None:
    assert len(values_of(COUNT, [[str(n) for n in range(500)]])) == MOST_VALUES
    assert len(values_of(SUM, [list(range(500))])) == MOST_VALUES


def test_only_conditions_on_values_need_some() -> None:
    needing = [kind for kind in CorrelationType if counts_values(kind)]
    assert needing == [
        COUNT,
        SUM,
        CorrelationType.VALUE_AVG,
        CorrelationType.VALUE_PERCENTILE,
        CorrelationType.VALUE_MEDIAN,
    ]


def test_a_burst_counts_above_by_the_names_of_the_upper_correlation() -> None:
    upper = correlation(COUNT, bounds(["awsRegion"], gte=2), group_by=("sourceIPAddress",))
    feed, group = Feed(correlation=upper, base=0), (("sourceIPAddress", "203.0.113.9"), ("awsRegion", "us-east-1"))
    assert group_above(feed, group) == (("sourceIPAddress", "203.0.113.9"),)
    assert values_above(feed, group) == ("us-east-1",)
    plain = Feed(correlation=correlation(group_by=("other",)), base=0)
    assert (group_above(plain, group), values_above(plain, group)) == ((("other", ""),), ())
    ordered = correlation(CorrelationType.TEMPORAL, Occurs(base=0))
    assert values_above(Feed(correlation=ordered, base=0), group) == ()
