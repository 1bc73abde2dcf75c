"""Sigma correlation rules specification: every type with gt, gte, lt, lte, eq and neq."""

from __future__ import annotations

from tests.conformance.cases import CorrelationCase, Section, TimedEvent
from tests.conformance.correlation_types import row
from tests.conformance.streams import SIZE, fires, stream

_KINDS = {
    "event_count": "type: event_count\nrules: one\n",
    "value_count": "type: value_count\nrules: one\n",
    "temporal": "type: temporal\nrules: [one, two, three]\n",
    "temporal_ordered": "type: temporal_ordered\nrules: [one, two, three]\n",
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


SECTION = Section(
    title="Correlations: every type with every operator",
    about="Asked of one window, whose events all happen at the same time.",
    rows=tuple(_operator(kind, sign) for kind in _KINDS for sign in _OF_TWO),
)
