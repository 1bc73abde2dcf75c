"""Sigma correlation rules specification: "timespan", "group-by", "aliases", and windows beside the order of arrival."""

from __future__ import annotations

from typing import Any

from tests.conformance.cases import CorrelationCase, Firing, Section, TimedEvent
from tests.conformance.correlation_types import row
from tests.conformance.streams import BASES, SIZE, WHO, correlation, documents, fires, stream

_TWO = "type: event_count\nrules: one\ncondition: {gte: 2}"


def _lasting(written: str, inside: str, outside: str, *, decision: str = "") -> CorrelationCase:
    """Two events just within a timespan, and just outside."""
    return row(
        f"timespan `{written}`",
        f"{_TWO}\ntimespan: {written}",
        stream("0 A alice", f"{inside} A alice"),
        (fires("e1 e2"),),
        stream("0 A alice", f"{outside} A alice"),
        decision=decision,
    )


def _burst(feature: str, events: tuple[TimedEvent, ...], *firings: Firing, decision: str = "") -> CorrelationCase:
    return row(feature, _TWO, events, firings, stream("0 A alice", "11 A alice", "22 A alice"), decision=decision)


def _ticking(*regions: Any) -> tuple[TimedEvent, ...]:
    """An event of one person a minute, in these regions."""
    return stream(*((f"{minute} A alice", {"awsRegion": region}) for minute, region in enumerate(regions)))


TIMES = Section(
    title="Correlations: timespan and windows",
    about=(
        "Every stream of these sections is given as it stands, and once more as two files, the latest events first and "
        "each event twice: what comes out is the same."
    ),
    rows=(
        _lasting("60s", "60s", "61s", decision="Both ends of a window belong to it, so that it spans 60 s and not 59."),
        _lasting("10m", "600s", "601s"),
        _lasting("2h", "7200s", "7201s"),
        _lasting("1d", "86400s", "86401s"),
        _lasting("1w", "604800s", "604801s"),
        _lasting("1M", "2629746s", "2629747s", decision="A twelfth of a year, as pySigma has it; `m` are minutes."),
        _lasting("1y", "31556952s", "31556953s", decision="365.2425 days, as pySigma has it; 10 years at most."),
        row(
            "windows look back from each event",
            "type: event_count\nrules: one\ncondition: {gte: 3}",
            stream("0 A alice", "9 A alice", "15 A alice", "18 A alice"),
            (fires("e2 e3 e4"),),
            stream("0 A alice", "9 A alice", "15 A alice", "20 A alice"),
            decision="They slide; windows by the clock (0 to 10, 10 to 20) would miss what lies across their ends.",
        ),
        _burst(
            "a burst is told once",
            stream("0 A alice", "5 A alice", "15 A alice", "25 A alice"),
            fires("e1 e2 e3 e4"),
            decision="Windows that fire no further apart than the timespan are one alert, which grows while it lasts.",
        ),
        _burst(
            "two bursts",
            stream("0 A alice", "1 A alice", "12 A alice", "13 A alice"),
            fires("e1 e2"),
            fires("e3 e4"),
            decision="Further apart than the timespan (1 and 13 min here): an alert each.",
        ),
        _burst(
            "the same event twice",
            (*stream("0 A alice", "1 A alice"), *stream("0 A alice")),
            fires("e1 e2"),
            decision="Counts once, by its eventID: CloudTrail delivers events again.",
        ),
        _burst(
            "events out of order",
            stream("9 A alice", "0 A alice"),
            fires("e2 e1"),
            decision="Nothing depends on the order in which files come, up to `lateness`.",
        ),
    ),
)

_BY_REGION = "type: event_count\nrules: one\ncondition: {gte: 2}\ngroup-by: awsRegion"
_NULL: dict[str, Any] = {"userIdentity": {"userName": None}}
_EMPTY: dict[str, Any] = {"userIdentity": {"userName": ""}}
_ALIASED = f"aliases:\n  who: {{one: {WHO}, two: requestParameters.userName}}"
_MADE: dict[str, Any] = {"requestParameters": {"userName": "alice"}}

GROUPS = Section(
    title="Correlations: group-by and aliases",
    about="Events count together that are equal in all fields of the group.",
    rows=(
        row(
            "no group-by",
            f"{_TWO}\ngroup-by: []",
            stream("0 A alice", "1 A bob"),
            (fires("e1 e2", by=""),),
            stream("0 A alice", "1 B bob"),
            decision="All events are one group.",
        ),
        row(
            "group-by one field",
            f"{_TWO}\ngroup-by: {WHO}",
            stream("0 A alice", "0 A bob", "1 A alice", "2 A bob"),
            (fires("e1 e3"), fires("e2 e4", by="bob")),
            stream("0 A alice", "1 A bob"),
        ),
        row(
            "group-by several fields",
            f"{_TWO}\ngroup-by: [{WHO}, awsRegion]",
            _ticking("r", "s", "r"),
            (fires("e1 e3", **{WHO: "alice", "awsRegion": "r"}),),
            _ticking("r", "s", "t"),
        ),
        row(
            "group-by tells case apart",
            f"{_TWO}\ngroup-by: {WHO}",
            stream("0 A alice", "1 A alice"),
            (fires("e1 e2"),),
            stream("0 A alice", "1 A Alice"),
            decision="Names in AWS that differ in case are different names.",
        ),
        row(
            "group-by a field that is missing",
            _TWO,
            stream("0 A alice", "1 A", "2 A alice"),
            (fires("e1 e3"),),
            stream("0 A", "1 A", ("2 A", _NULL), ("3 A", _NULL), ("4 A", _EMPTY), ("5 A", _EMPTY)),
            decision="Events without a value do not count: nothing is the same about them. `null` and `''` are none.",
        ),
        row(
            "group-by one of several fields is missing",
            f"{_TWO}\ngroup-by: [{WHO}, awsRegion]",
            _ticking("r", None, "r"),
            (fires("e1 e3", **{WHO: "alice", "awsRegion": "r"}),),
            _ticking(None, None),
        ),
        row(
            "group-by an array",
            _BY_REGION,
            _ticking(["r", "s"], "s", ["t", "s"]),
            (fires("e1 e2 e3", awsRegion="s"),),
            _ticking(["r", "s"], "t", ["u", "u"]),
            decision="Each member makes a group, 100 of an event at most; a member that stands twice counts once.",
        ),
        row(
            "group-by numbers and booleans",
            "type: event_count\nrules: one\ncondition: {gte: 2}\ngroup-by: readOnly",
            stream(("0 A", {"readOnly": True}), ("1 A", {"readOnly": "true"})),
            (fires("e1 e2", readOnly="true"),),
            stream(("0 A", {"readOnly": True}), ("1 A", {"readOnly": False})),
            decision="By their text, as CloudTrail writes either.",
        ),
        row(
            "group-by a derived field",
            f"{_TWO}\ngroup-by: derived.principal",
            stream(
                ("0 A", {"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}}),
                ("1 A", {"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}}),
            ),
            (fires("e1 e2", **{"derived.principal": "arn:aws:iam::111122223333:user/alice"}),),
            stream(
                ("0 A", {"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice"}}),
                ("1 A", {"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}}),
            ),
        ),
        row(
            "aliases",
            f"type: temporal\nrules: [one, two]\ngroup-by: who\n{_ALIASED}",
            stream("0 A alice", ("1 B bob", _MADE)),
            (fires("e1 e2", who="alice"),),
            stream("0 A alice", ("1 B alice", {"requestParameters": {"userName": "bob"}})),
            decision="The group goes by the name of the alias.",
        ),
        row(
            "an alias beside a field",
            f"type: temporal\nrules: [one, two]\ngroup-by: [who, awsRegion]\n{_ALIASED}",
            stream(("0 A alice", {"awsRegion": "r"}), ("1 B bob", {**_MADE, "awsRegion": "r"})),
            (fires("e1 e2", who="alice", awsRegion="r"),),
            stream(("0 A alice", {"awsRegion": "r"}), ("1 B bob", {**_MADE, "awsRegion": "s"})),
        ),
        row(
            "an alias that group-by does not name",
            f"type: temporal\nrules: [one, two]\n{_ALIASED}",
            stream("0 A alice", "1 B alice"),
            (fires("e1 e2"),),
            stream("0 A alice", "1 B bob"),
            warns="the alias 'who' is not used",
        ),
    ),
)


def _own(
    feature: str,
    section: str,
    options: str,
    events: tuple[TimedEvent, ...],
    firings: tuple[Firing, ...],
    quiet: tuple[TimedEvent, ...],
    *,
    looked_at: str,
    decision: str = "",
) -> CorrelationCase:
    text = correlation(f"{section}\ntimespan: 10m\ngroup-by: {WHO}", more=f"trailwarden: {options}")
    return CorrelationCase(
        feature=feature,
        rules=documents(BASES, text),
        events=events,
        firings=firings,
        quiet=quiet,
        looked_at=looked_at,
        decision=decision,
    )


_FEW = "type: value_avg\nrules: one\ncondition: {field: additionalEventData.size, lt: 5}"
_SUM = f"type: value_sum\nrules: one\ncondition: {{field: {SIZE}, gte: 10}}"

ARRIVAL = Section(
    title="Correlations: at once, or once a window is over",
    about=(
        "A condition that more events can only make truer (`gt` and `gte` of counts and sums, temporal ones without "
        "`not`) is told at once. All others are asked when the window's end is `settle` ago (15 min): "
        "`trailwarden: {settle: 5m}`. A history (`replay`, tests inside files) asks all of them at its end."
    ),
    rows=(
        _own(
            "told at once",
            _TWO,
            "{}",
            stream("0 A alice @2", "1 A alice @3"),
            (fires("e1 e2"),),
            stream("0 A alice @2", "1 B alice @3"),
            looked_at="3",
        ),
        _own(
            "told after `settle`",
            _FEW,
            "{}",
            stream("0 A alice 4 @1"),
            (fires("e1"),),
            stream("1s A alice 4 @1"),
            looked_at="15",
            decision="Until then late events may still change it; the second stream's window ended 1 s later.",
        ),
        _own(
            "`settle` of a correlation's own",
            _FEW,
            "{settle: 5m}",
            stream("0 A alice 4 @1"),
            (fires("e1"),),
            stream("1s A alice 4 @1"),
            looked_at="5",
        ),
        _own(
            "late events before `settle` is over",
            _FEW,
            "{}",
            stream("0 A alice 9 @1", "2 A alice 0 @14"),
            (fires("e1 e2"),),
            stream("0 A alice 4 @1", "0 A alice 9 @14"),
            looked_at="20",
        ),
        _own(
            "late events that contradict an alert",
            _FEW,
            "{settle: 0}",
            stream("0 A alice 9 @1", "0 A alice 0 @40"),
            (fires("e1 e2"),),
            stream("0 A alice 4 @1", "0 A alice 9 @40"),
            looked_at="41",
            decision="It is asked anew; an alert that holds no more is marked revised, and says so in its thread.",
        ),
        _own(
            "late values below zero",
            _SUM,
            "{}",
            stream("0 A alice 12 @1"),
            (fires("e1"),),
            stream("0 A alice 12 @1", "0 A alice -5 @5"),
            looked_at="6",
            decision="As for `value_sum` above: told at once, and revised.",
        ),
        _own(
            "a late event that completes a window",
            _TWO,
            "{}",
            stream("9 A alice @10", "0 A alice @600"),
            (fires("e2 e1"),),
            stream("20 A alice @21", "0 A alice @600"),
            looked_at="600",
        ),
        _own(
            "later than `lateness`",
            _TWO,
            "{lateness: 1h}",
            stream("0 A alice @1", "60 A bob @60", "5 A alice @61"),
            (fires("e1 e3"),),
            stream("0 A alice @1", "200 A bob @200", "5 A alice @201"),
            looked_at="201",
            decision=(
                "What it would count with may have left the state. 24 h where nothing is said, measured by the newest "
                "event that counted anywhere, so that a daemon that was down loses nothing."
            ),
        ),
        _own(
            "more groups than `max_groups`",
            _TWO,
            "{max_groups: 1}",
            stream("0 A alice @1", "1 A bob @2", "1 A bob @3", "2 A alice @4"),
            (fires("e1 e4"),),
            stream("0 A alice @1", "1 A bob @2", "2 A bob @3"),
            looked_at="5",
            decision=(
                "10,000 where nothing is said. Groups past that are not followed, and one alert says so: else whoever "
                "makes up names could fill the state."
            ),
        ),
    ),
)
