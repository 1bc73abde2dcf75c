"""Sigma correlation rules specification: whom `rules` means, chains of correlations, and `generate`."""

from __future__ import annotations

from tests.conformance.cases import CorrelationCase, Firing, Section, TimedEvent
from tests.conformance.streams import (
    BASES,
    ONE,
    THREE,
    TWO,
    WHO,
    correlation,
    documents,
    exception,
    fires,
    id_of,
    rule,
    stream,
)

_BY = f"timespan: 10m\ngroup-by: {WHO}"
_TWO = f"type: event_count\nrules: one\ncondition: {{gte: 2}}\n{_BY}"
_PAIR = stream("0 A alice", "1 A alice")
_SINGLE = stream("0 A alice", "1 A bob")


def _row(
    feature: str,
    rules: str,
    events: tuple[TimedEvent, ...] = _PAIR,
    firings: tuple[Firing, ...] = (fires("e1 e2"),),
    quiet: tuple[TimedEvent, ...] = _SINGLE,
    *,
    others: tuple[str, ...] = (),
    matches: tuple[tuple[str, str], ...] | None = None,
    decision: str = "",
    warns: str = "",
) -> CorrelationCase:
    return CorrelationCase(
        feature=feature,
        rules=rules,
        events=events,
        firings=firings,
        quiet=quiet,
        others=others,
        matches=matches,
        decision=decision,
        warns=warns,
    )


def _about(reference: str, *, more: str = "", beside: str = "") -> str:
    return correlation(_TWO.replace("rules: one", f"rules: {reference}") + more, more=beside)


_LOWER = correlation(_TWO, name="lower")
_UPPER = f"type: temporal\nrules: [lower, two]\n{_BY}"
_TWICE = documents(BASES, _LOWER, correlation(_TWO.replace("rules: one", "rules: lower").replace("10m", "1h")))
_FOLLOWED = stream("0 A alice", "1 A alice", "5 B alice")
_APART = stream("0 A alice", "5 B alice", "20 A alice")

RULES = Section(
    title="Correlations: rules",
    about="`rules` names rules and correlations, in the same file or any other that is loaded.",
    rows=(
        _row("by name", documents(BASES, _about("one"))),
        _row("by id", documents(BASES, _about(id_of("one")))),
        _row("by id in capitals", documents(BASES, _about(id_of("one").upper()))),
        _row("a list of one", documents(BASES, _about("[one]"))),
        _row("in another file", _about("one"), others=(ONE,)),
        _row("the correlation before its rules", documents(_about("one"), BASES)),
        _row(
            "a name that another file has too",
            documents(ONE, _about("one")),
            others=(rule("one", "eventName: B").replace(id_of("one"), id_of("other one")),),
            decision="The rule of the same file is meant.",
        ),
        _row(
            "rules for other logs alone",
            documents(
                BASES, _about("one"), _about("other").replace("many", "passed").replace(id_of("many"), id_of("p"))
            ),
            others=(rule("other", "EventID: 1").replace("product: aws, service: cloudtrail", "product: windows"),),
            decision="The correlation is passed over as its rules are.",
        ),
        _row(
            "one rule in two correlations",
            documents(
                BASES, _about("one"), correlation(_TWO.replace("gte: 2", "gte: 3").replace("10m", "1h"), name="more")
            ),
            events=stream("0 A alice", "1 A alice", "30 A alice"),
            firings=(fires("e1 e2"), fires("e1 e2 e3", of="more")),
        ),
        _row(
            "logsource in a correlation",
            documents(BASES, _about("one", beside="logsource: {product: aws}")),
            warns="a correlation has no logsource",
            decision="Its rules say which logs they are for.",
        ),
        _row(
            "a filter on one of its rules",
            documents(BASES, exception(f"rules: one\nci: {{{WHO}: ci}}\ncondition: not ci"), _about("one")),
            quiet=stream("0 A ci", "1 A ci"),
            decision="Filters apply before anything counts. (One that names the correlation is refused.)",
        ),
        _row(
            "a filter on any rule",
            documents(BASES, exception(f"rules: any\nci: {{{WHO}: ci}}\ncondition: not ci"), _about("one")),
            quiet=stream("0 A ci", "1 A ci"),
        ),
    ),
)

CHAINS = Section(
    title="Correlations: chains",
    about="A correlation may be about others, 8 on one another at most. What counts of these are their bursts.",
    rows=(
        _row(
            "event_count below temporal",
            documents(BASES, _LOWER, correlation(_UPPER)),
            _FOLLOWED,
            (fires("e1 e2 e3"),),
            _APART,
            decision="The lower one tells nothing by itself, and the events of its burst are those of the alert above.",
        ),
        _row(
            "a long burst that overlaps the window",
            documents(BASES, _LOWER, correlation(_UPPER)),
            stream("0 A alice", "9 A alice", "18 A alice", "27 A alice", "36 B alice"),
            (fires("e1 e2 e3 e4 e5"),),
            stream("0 A alice", "9 A alice", "18 A alice", "27 A alice", "38 B alice"),
            decision="It lasts from its first window's end to its last one's, and counts while any of it lies within.",
        ),
        _row(
            "event_count of bursts",
            _TWICE,
            stream("0 A alice", "1 A alice", "30 A alice", "31 A alice"),
            (fires("e1 e2 e3 e4"),),
            stream("0 A alice", "1 A alice", "2 A alice", "3 A alice"),
            decision="A burst counts once, however many events made it.",
        ),
        _row(
            "event_count below temporal_ordered",
            documents(BASES, _LOWER, correlation(_UPPER.replace("temporal", "temporal_ordered"))),
            _FOLLOWED,
            (fires("e1 e2 e3"),),
            stream("0 B alice", "1 A alice", "2 A alice"),
            decision="The burst begins when its first window is complete, and not with its first event.",
        ),
        _row(
            "value_count over the group of another",
            documents(
                BASES,
                _LOWER,
                correlation(f"type: value_count\nrules: lower\ncondition: {{field: {WHO}, gte: 2}}\ntimespan: 10m"),
            ),
            stream("0 A alice", "1 A alice", "2 A bob", "3 A bob"),
            (fires("e1 e2 e3 e4", by=""),),
            stream("0 A alice", "1 A alice", "2 A bob"),
            decision="Of a correlation only its group is known above it: fields that its group-by names.",
        ),
        _row(
            "three on one another, over files",
            documents(TWO, correlation(_UPPER)),
            _FOLLOWED,
            (fires("e1 e2 e3", of="top"),),
            _APART,
            others=(
                documents(ONE, _LOWER),
                correlation(f"type: temporal\nrules: [many, three]\ncondition: many or three\n{_BY}", name="top")
                + "---\n"
                + THREE,
            ),
        ),
        _row(
            "an alias for the group of another",
            documents(
                BASES,
                _LOWER,
                correlation(
                    "type: temporal\nrules: [lower, two]\ntimespan: 10m\ngroup-by: who\n"
                    f"aliases: {{who: {{lower: {WHO}, two: requestParameters.userName}}}}"
                ),
            ),
            stream("0 A alice", "1 A alice", ("5 B bob", {"requestParameters": {"userName": "alice"}})),
            (fires("e1 e2 e3", who="alice"),),
            stream("0 A alice", "1 A alice", "5 B alice"),
        ),
    ),
)

_SPOKEN = (("one", "e1"), ("one", "e2"))
_EITHER = "The specification has it beside `correlation`, where pySigma drops it in silence; it means the same in both."

GENERATE = Section(
    title="Correlations: generate",
    about=(
        "A rule that a correlation is about tells nothing by itself, built-in ones included, unless some correlation "
        "over it says `generate: true`."
    ),
    rows=(
        _row("no generate", documents(BASES, _about("one")), matches=()),
        _row("`generate: false`", documents(BASES, _about("one", more="\ngenerate: false")), matches=()),
        _row(
            "`generate: true` inside the correlation",
            documents(BASES, _about("one", more="\ngenerate: true")),
            matches=_SPOKEN,
            decision=_EITHER,
        ),
        _row(
            "`generate: true` at the top level",
            documents(BASES, _about("one", beside="generate: true")),
            matches=_SPOKEN,
            decision=_EITHER,
        ),
        _row(
            "`generate: true` of one of two correlations",
            documents(BASES, correlation(_TWO.replace("2", "9"), name="more"), _about("one", more="\ngenerate: true")),
            matches=_SPOKEN,
            decision="One that asks for it is enough.",
        ),
        _row(
            "`generate: true` over a correlation",
            documents(BASES, _LOWER, correlation(f"{_UPPER}\ngenerate: true")),
            _FOLLOWED,
            (fires("e1 e2", of="lower"), fires("e1 e2 e3")),
            _APART,
            matches=(("two", "e3"),),
            decision="It is for those that `rules` names, the lower correlation here, and not for that one's rules.",
        ),
    ),
)
