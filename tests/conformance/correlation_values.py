"""Sigma correlation rules specification: value_sum, value_avg, value_percentile and value_median."""

from __future__ import annotations

from tests.conformance.cases import Section, TimedEvent
from tests.conformance.correlation_types import row
from tests.conformance.streams import BASES, SIZE, documents, fires, rule, stream


def _values(kind: str, bounds: str) -> str:
    return f"type: {kind}\nrules: one\ncondition: {{field: {SIZE}, {bounds}}}"


def _sized(*sizes: str, apart: int = 1) -> tuple[TimedEvent, ...]:
    return stream(*(f"{number * apart} A alice {size}" for number, size in enumerate(sizes)))


SECTION = Section(
    title="Correlations: value_sum, value_avg, value_percentile, value_median",
    about=(
        "They add up the numbers in one field. Sums are exact. An average, median or percentile is asked once the "
        "window's end is `settle` ago, as more events may change it either way."
    ),
    rows=(
        row(
            "value_sum, fractions",
            _values("value_sum", "gte: 0.3"),
            _sized("0.1", "0.2"),
            (fires("e1 e2"),),
            _sized("0.1", "0.1"),
            decision="Numbers are summed exactly as written, so 0.1 and 0.2 are 0.3, whatever the order of arrival.",
        ),
        row(
            "value_sum, values below zero",
            _values("value_sum", "gte: 10"),
            stream("0 A alice 12", "1 A alice -5", "30 A bob -5", "31 A bob 12"),
            (fires("e1"),),
            _sized("-5", "12"),
            decision=(
                "Count as such. A sum is told at once as if there were none, since that is what sizes are; if one "
                "comes late and takes the sum back, the alert is marked revised."
            ),
        ),
        row(
            "numbers as text",
            _values("value_sum", "gte: 10"),
            _sized('"5"', '"5.0"'),
            (fires("e1 e2"),),
            _sized('"5"', '"5 apples"', "true"),
            decision="Are numbers, as CloudTrail often has them so; other texts and booleans do not count.",
        ),
        row(
            "values in an array",
            _values("value_sum", "gte: 10"),
            _sized("[3, 3, 4]"),
            (fires("e1"),),
            _sized("[3, 3, 3]"),
            decision="Each member counts, also where two are alike.",
        ),
        row(
            "value_sum, an event that two rules match",
            f"type: value_sum\nrules: [one, either]\ncondition: {{field: {SIZE}, gte: 10}}",
            stream("0 A alice 5", "1 B alice 5"),
            (fires("e1 e2"),),
            stream("0 A alice 5", "1 A alice 4"),
            rules=documents(BASES, rule("either", "eventName: [A, B]")),
            decision="Counts once, as for event_count: its size is moved once, whichever rules look at it.",
        ),
        row(
            "value_avg, a third",
            _values("value_avg", "gt: 1.3, lt: 1.4"),
            stream("0 A alice 1", "0 A alice 1", "0 A alice 2"),
            (fires("e1 e2 e3"),),
            stream("0 A alice 1", "0 A alice 1", "0 A alice 1"),
        ),
        row(
            "value_avg, events without a value",
            _values("value_avg", "gte: 10"),
            stream("0 A alice 10", "1 A alice"),
            (fires("e1"),),
            stream("0 A alice", "1 A alice 9"),
            decision="Are no part of the average: a missing value is not 0.",
        ),
        row(
            "value_median, odd and even numbers of values",
            _values("value_median", "eq: 5"),
            stream("0 A alice 1", "0 A alice 9", "0 A alice 5", "0 A bob 4", "0 A bob 6"),
            (fires("e1 e2 e3"), fires("e4 e5", by="bob")),
            stream("0 A alice 1", "0 A alice 9", "0 A alice 4"),
            decision="Of an even number, halfway between the two in the middle.",
        ),
        row(
            "value_percentile",
            _values("value_percentile", "percentile: 95, gte: 90"),
            stream("0 A alice 0", "0 A alice 100", "0 A bob 0", "0 A bob 90"),
            (fires("e1 e2"),),
            stream("0 A alice 0", "0 A alice 94"),
            decision=(
                "Linear between the two nearest ranks, rank `p/100 * (n - 1)`: the 95th of 0 and 100 is 95, the "
                "50th is the median. The specification names no method."
            ),
        ),
        row(
            "value_percentile, 0 and 100",
            _values("value_percentile", "percentile: 0, gte: 5"),
            stream("0 A alice 5", "0 A alice 9"),
            (fires("e1 e2"),),
            stream("0 A alice 4", "0 A alice 9"),
            decision="Are the smallest and the largest value.",
        ),
    ),
)
