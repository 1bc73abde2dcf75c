"""Sigma correlation rules specification, "Correlation types" and "Condition"."""

from __future__ import annotations

from tests.conformance.cases import CorrelationCase, Firing, Section, TimedEvent
from tests.conformance.streams import BASES, WHO, correlation, documents, fires, rule, stream

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


_TWO = stream("0 A alice", "1 A alice", "2 B alice", "3 A bob")
_AT_ONCE = stream("0 A alice", "0 A alice", "0 A alice")  # nothing tells which was first

SECTION = Section(
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
