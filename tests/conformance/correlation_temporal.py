"""Sigma correlation rules specification: temporal and temporal_ordered."""

from __future__ import annotations

from tests.conformance.cases import Section
from tests.conformance.correlation_types import row
from tests.conformance.streams import BASES, documents, fires, rule, stream

_CHOICE = "one and (two or not three)"
_ORDERED = "type: temporal_ordered\nrules: [one, two, three]\n"


def _temporal(rules: str, *, kind: str = "temporal", condition: str = "") -> str:
    return f"type: {kind}\nrules: [{rules}]" + (f"\ncondition: {condition}" if condition else "")


SECTION = Section(
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
