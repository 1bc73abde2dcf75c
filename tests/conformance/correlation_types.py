"""Sigma correlation rules specification, "Correlation types" and "Condition"."""

from __future__ import annotations

from tests.conformance.cases import CorrelationCase, Firing, Section, TimedEvent
from tests.conformance.streams import BASES, SIZE, WHO, correlation, documents, fires, rule, stream

_FIRST_ALONE = (
    "A window ends at an event, so the first event of a lull is a window of one. What may come later is no part of it: "
    "windows look back only."
)


def row(
    feature: str,
    section: str,
    events: tuple[TimedEvent, ...],
    firings: tuple[Firing, ...],
    quiet: tuple[TimedEvent, ...],
    *,
    decision: str = "",
    warns: str = "",
    rules: str = BASES,
) -> CorrelationCase:
    """One correlation, by who acts and within ten minutes where it does not say otherwise."""
    for key, usual in (("timespan", "10m"), ("group-by", WHO)):
        section += "" if f"{key}:" in section else f"\n{key}: {usual}"
    return CorrelationCase(
        feature=feature,
        rules=documents(rules, correlation(section)),
        events=events,
        firings=firings,
        quiet=quiet,
        decision=decision,
        warns=warns,
    )


def _count(bounds: str) -> str:
    return f"type: event_count\nrules: one\ncondition: {bounds}"


def _values(kind: str, bounds: str) -> str:
    return f"type: {kind}\nrules: one\ncondition: {{field: {SIZE}, {bounds}}}"


def _sized(*sizes: str, apart: int = 1) -> tuple[TimedEvent, ...]:
    return stream(*(f"{number * apart} A alice {size}" for number, size in enumerate(sizes)))


def _temporal(rules: str, *, kind: str = "temporal", condition: str = "") -> str:
    return f"type: {kind}\nrules: [{rules}]" + (f"\ncondition: {condition}" if condition else "")


_TWO = stream("0 A alice", "1 A alice", "2 B alice", "3 A bob")
_AT_ONCE = stream("0 A alice", "0 A alice", "0 A alice")  # nothing tells which was first
_CHOICE = "one and (two or not three)"
_ORDERED = "type: temporal_ordered\nrules: [one, two, three]\n"

COUNTS = Section(
    title="Correlations: event_count and value_count",
    about=(
        "What a window is: `[t - timespan, t]`, both ends included, in the time at which events happened, with `t` the "
        "time of an event that counts. Every window is looked at. Windows that fire and lie no further apart than the "
        "timespan are one burst: one alert, of all events in these windows."
    ),
    rows=(
        row(
            "event_count, `eq`",
            _count("{eq: 2}"),
            stream("0 A alice", "1 A alice", "2 A alice"),
            (fires("e1 e2"),),
            _AT_ONCE,
            decision="Not more either, in some window: here the one that ends at the second event.",
        ),
        row(
            "event_count, `lt`",
            _count("{lt: 3}"),
            stream("0 A alice", "1 A alice", "2 A alice"),
            (fires("e1 e2"),),
            _AT_ONCE,
            decision=_FIRST_ALONE,
        ),
        row(
            "event_count, `lte`",
            _count("{lte: 2}"),
            stream("0 A alice", "1 A alice", "2 A alice", "30 B alice"),
            (fires("e1 e2"),),
            _AT_ONCE,
            decision="No window without an event is looked at, so that none of the rules is ever told to be missing.",
        ),
        row(
            "a range",
            _count("{gt: 1, lte: 3}"),
            stream("0 A alice", "1 A alice", "2 A alice", "3 A alice"),
            (fires("e1 e2 e3"),),
            stream("0 A alice"),
            decision="Legal by the specification, and refused by pySigma. All of the bounds must hold of one window.",
        ),
        row(
            "a range with a gap",
            _count("{gte: 2, lte: 4, neq: 3}"),
            stream("0 A alice", "0 A alice", "1 A alice"),
            (fires("e1 e2"),),
            stream("0 A alice", "0 A alice", "0 A alice"),
        ),
        row(
            "a number in quotes",
            _count("{gte: '2'}"),
            _TWO,
            (fires("e1 e2"),),
            stream("0 A alice"),
            decision="A number, as pySigma has it.",
        ),
        row(
            "a condition that always holds",
            _count("{gte: 1}"),
            stream("0 A alice"),
            (fires("e1"),),
            stream("0 B alice"),
            warns="holds in every window",
        ),
        row(
            "several rules are counted together",
            "type: event_count\nrules: [one, two]\ncondition: {gte: 3}",
            stream("0 A alice", "1 B alice", "2 A alice"),
            (fires("e1 e2 e3"),),
            stream("0 A alice", "1 C alice", "2 B alice"),
        ),
        row(
            "an event that two rules match",
            "type: event_count\nrules: [one, either]\ncondition: {gte: 2}",
            stream("0 A alice", "1 B alice"),
            (fires("e1 e2"),),
            stream("0 A alice"),
            rules=documents(BASES, rule("either", "eventName: [A, B]")),
            decision="Counts once: events are counted, and not matches.",
        ),
        row(
            "value_count",
            "type: value_count\nrules: one\ncondition: {field: awsRegion, gte: 2}",
            stream(("0 A alice", {"awsRegion": "eu-west-1"}), ("1 A alice", {"awsRegion": "us-east-1"})),
            (fires("e1 e2"),),
            stream(("0 A alice", {"awsRegion": "eu-west-1"}), ("1 A alice", {"awsRegion": "eu-west-1"})),
        ),
        row(
            "value_count, an event without the field",
            "type: value_count\nrules: one\ncondition: {field: errorCode, gte: 2}",
            stream(("0 A alice", {"errorCode": "X"}), "1 A alice", ("2 A alice", {"errorCode": "Y"})),
            (fires("e1 e3"),),
            stream(("0 A alice", {"errorCode": "X"}), "1 A alice", ("2 A alice", {"errorCode": None})),
            decision="Does not count, and is no part of the alert: a missing value is no value of its own.",
        ),
        row(
            "value_count, an array in the field",
            "type: value_count\nrules: one\ncondition: {field: errorCode, gte: 3}",
            stream(("0 A alice", {"errorCode": ["a", "b"]}), ("1 A alice", {"errorCode": "c"})),
            (fires("e1 e2"),),
            stream(("0 A alice", {"errorCode": ["a", "b", "a"]})),
            decision="Each member is a value, 100 of an event at most.",
        ),
        row(
            "value_count tells case apart",
            "type: value_count\nrules: one\ncondition: {field: userAgent, gte: 2}",
            stream(("0 A alice", {"userAgent": "x"}), ("1 A alice", {"userAgent": "X"})),
            (fires("e1 e2"),),
            stream(("0 A alice", {"userAgent": "x"})),
            decision="They are compared with one another as they stand; what a rule looks for goes without case.",
        ),
        row(
            "value_count, a list of fields",
            "type: value_count\nrules: one\ncondition: {field: [awsRegion, userAgent], gte: 3}",
            stream(
                ("0 A alice", {"awsRegion": "r", "userAgent": "x"}),
                ("1 A alice", {"awsRegion": "r", "userAgent": "y"}),
                ("2 A alice", {"awsRegion": "s", "userAgent": "x"}),
            ),
            (fires("e1 e2 e3"),),
            stream(
                ("0 A alice", {"awsRegion": "r", "userAgent": "x"}),
                ("1 A alice", {"awsRegion": "r", "userAgent": "y"}),
                ("2 A alice", {"awsRegion": "s"}),
            ),
            decision="Combinations are counted; an event that lacks one of the fields does not count.",
        ),
        row(
            "value_count, `lt`",
            "type: value_count\nrules: one\ncondition: {field: awsRegion, lt: 2}",
            stream(("0 A alice", {"awsRegion": "r"}), ("1 A alice", {"awsRegion": "r"})),
            (fires("e1 e2"),),
            stream(("0 A alice", {"awsRegion": "r"}), ("0 A alice", {"awsRegion": "s"})),
            decision=_FIRST_ALONE,
        ),
    ),
)

VALUES = Section(
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
            decision="Numbers are summed exactly as they are kept (binary), whatever the order of arrival.",
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

_KINDS = {
    "event_count": "type: event_count\nrules: one\n",
    "value_count": "type: value_count\nrules: one\n",
    "temporal": _temporal("one, two, three") + "\n",
    "temporal_ordered": _ORDERED,
    **{kind: f"type: {kind}\nrules: one\n" for kind in ("value_sum", "value_avg", "value_median", "value_percentile")},
}
_OF_TWO = {  # beside 2: a number in that relation, and one that is not
    "gt": (3, 2),
    "gte": (2, 1),
    "lt": (1, 2),
    "lte": (2, 3),
    "eq": (2, 1),
    "neq": (3, 2),
}


def _window(kind: str, number: int) -> tuple[TimedEvent, ...]:
    """Events at one time, and so in one window, that come to this number."""
    if kind.startswith("temporal"):
        return stream(*(f"0 {name} alice" for name in "ABC"[:number]))
    if kind in ("event_count", "value_count"):
        return stream(*(("0 A alice", {"awsRegion": f"r{n}" if kind == "value_count" else "r"}) for n in range(number)))
    return stream(f"0 A alice {number}")


def _operator(kind: str, sign: str) -> CorrelationCase:
    field = {"value_count": "field: awsRegion, "}.get(kind, f"field: {SIZE}, " if kind.startswith("value") else "")
    percentile = ", percentile: 95" if kind == "value_percentile" else ""
    yes, no = (_window(kind, number) for number in _OF_TWO[sign])
    return row(
        f"{kind}, `{sign}`",
        f"{_KINDS[kind]}condition: {{{field}{sign}: 2{percentile}}}",
        yes,
        (fires(" ".join(f"e{n + 1}" for n in range(len(yes)))),),
        no,
    )


OPERATORS = Section(
    title="Correlations: every type with every operator",
    about="Asked of one window, whose events all happen at the same time.",
    rows=tuple(_operator(kind, sign) for kind in _KINDS for sign in _OF_TWO),
)

TEMPORAL = Section(
    title="Correlations: temporal and temporal_ordered",
    about="They ask which of the rules match within one window, and in which order.",
    rows=(
        row(
            "temporal",
            _temporal("one, two"),
            stream("5 A alice", "0 B alice", "6 A bob"),
            (fires("e2 e1"),),
            stream("0 A alice", "1 A alice", "1 B bob"),
        ),
        row(
            "temporal, `condition: {gte: n}`",
            _temporal("one, two, three", condition="{gte: 2}"),
            stream("0 A alice", "1 C alice"),
            (fires("e1 e2"),),
            stream("0 A alice", "1 A alice"),
            decision="So many different rules, not events.",
        ),
        row(
            "temporal, `condition: {gt: n}`",
            _temporal("one, two, three", condition="{gt: 2}"),
            stream("0 A alice", "1 C alice", "2 B alice"),
            (fires("e1 e2 e3"),),
            stream("0 A alice", "1 C alice"),
        ),
        row(
            "temporal, `condition: {eq: n}`",
            _temporal("one, two, three", condition="{eq: 2}"),
            stream("0 A alice", "0 C alice", "5 B alice"),
            (fires("e1 e2"),),
            stream("0 A alice", "0 B alice", "0 C alice"),
        ),
        row(
            "temporal, `condition: {lt: n}` and `{neq: n}`",
            _temporal("one, two, three", condition="{lt: 3, neq: 1}"),
            stream("0 A alice", "0 C alice"),
            (fires("e1 e2"),),
            stream("0 A alice"),
        ),
        row(
            "temporal, an event that two rules match",
            _temporal("one, either"),
            stream("0 A alice"),
            (fires("e1"),),
            stream("0 B alice"),
            rules=documents(BASES, rule("either", "eventName: [A, B]")),
            decision="Is a match of both: nothing says that there must be two events.",
        ),
        row(
            "temporal, a text with `and`",
            _temporal("one, two", condition="one and two"),
            stream("1 A alice", "0 B alice"),
            (fires("e2 e1"),),
            stream("0 A alice", "11 B alice"),
        ),
        row(
            "temporal, a text with `or`",
            _temporal("one, two, three", condition="one and two or three"),
            stream("0 C alice", "0 A bob", "1 B bob"),
            (fires("e1"), fires("e2 e3", by="bob")),
            stream("0 A alice", "0 B bob"),
        ),
        row(
            "temporal, a text with `not`",
            _temporal("one, two", condition="one and not two"),
            stream("0 A alice", "11 B alice"),
            (fires("e1"),),
            stream("0 B alice", "1 A alice"),
            decision=(
                "What must be missing, must be missing in a window that ends at an event, and that looks back only. "
                "Asked once the window's end is `settle` ago."
            ),
        ),
        row(
            "temporal, a text with brackets",
            _temporal("one, two, three", condition=_CHOICE),
            stream("0 A alice", "0 B bob", "1 C bob", "2 A bob"),
            (fires("e1"), fires("e2 e3 e4", by="bob")),
            stream("0 C alice", "1 A alice"),
        ),
        row(
            "temporal, a text and no rules",
            "type: temporal\ncondition: one and two",
            stream("0 A alice", "1 B alice"),
            (fires("e1 e2"),),
            stream("0 A alice"),
            decision="The rules are those that the text names.",
        ),
        row(
            "temporal_ordered",
            "type: temporal_ordered\nrules: [one, two]",
            stream("0 A alice", "1 B alice", "0 B bob", "1 A bob"),
            (fires("e1 e2"),),
            stream("0 B alice", "1 A alice"),
        ),
        row(
            "temporal_ordered, equal times",
            "type: temporal_ordered\nrules: [one, two]",
            stream("0 B alice", "0 A alice"),
            (fires("e1 e2"),),
            stream("1s B alice", "2s A alice"),
            decision="Are in order: CloudTrail's times are whole seconds, within which nothing tells what came first.",
        ),
        row(
            "temporal_ordered, others in between",
            _ORDERED,
            stream("0 A alice", "1 C alice", "2 B alice", "3 A alice", "4 C alice"),
            (fires("e1 e2 e3 e4 e5"),),
            stream("0 C alice", "1 B alice", "2 A alice", "3 C alice"),
            decision="The rules in their order somewhere within the window, whatever else comes between.",
        ),
        row(
            "temporal_ordered, `condition: {gte: n}`",
            f"{_ORDERED}condition: {{gte: 2}}",
            stream("0 A alice", "1 C alice"),
            (fires("e1 e2"),),
            stream("0 C alice", "1 B alice", "2 A alice"),
            decision="So many of the rules one after the other, in the order of `rules`; others may be missing.",
        ),
        row(
            "temporal_ordered, a text with `and`",
            "type: temporal_ordered\nrules: [two, one]\ncondition: one and two",
            stream("0 B alice", "1 A alice"),
            (fires("e1 e2"),),
            stream("0 A alice", "1 B alice"),
            decision="The order is that of `rules`, not that of the text.",
        ),
        row(
            "temporal_ordered, a text with `or`",
            f"{_ORDERED}condition: one and (two or three)",
            stream("0 A alice", "1 C alice"),
            (fires("e1 e2"),),
            stream("0 C alice", "1 A alice"),
        ),
        row(
            "temporal_ordered, a text with `not`",
            f"{_ORDERED}condition: one and three and not two",
            stream("0 A alice", "1 C alice"),
            (fires("e1 e2"),),
            stream("0 B alice", "1 A alice", "2 C alice"),
            decision="What must be missing, must be missing in the whole window, before and behind the others too.",
        ),
        row(
            "temporal_ordered, a text and no rules",
            "type: temporal_ordered\ncondition: two and one",
            stream("0 B alice", "1 A alice"),
            (fires("e1 e2"),),
            stream("0 A alice", "1 B alice"),
            decision="The order is then that in which the text names them first.",
        ),
    ),
)
