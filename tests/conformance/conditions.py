"""Sigma rules specification, "Condition"."""

from __future__ import annotations

from tests.conformance.cases import Case, Event, Refusal, Section

NAMES = "".join(
    f"{name}: {{requestParameters.{name}: 1}}\n"
    for name in ("selection1", "selection2", "filter_a", "my-filter-b", "_hidden")
)
_SHORT = {"1": "selection1", "2": "selection2", "a": "filter_a", "b": "my-filter-b", "h": "_hidden"}


def _with(*held: str) -> tuple[Event, ...]:
    """An event for each word, in which the selections of its letters hold."""
    return tuple({"requestParameters": {_SHORT[letter]: 1 for letter in word if letter != "-"}} for word in held)


def _case(condition: str, *, yes: tuple[str, ...], no: tuple[str, ...], feature: str = "", decision: str = "") -> Case:
    return Case(
        feature=feature or f"`{condition}`",
        rule=f"{NAMES}condition: {condition}",
        matches=_with(*yes),
        misses=_with(*no),
        decision=decision,
        warns="the condition does not use",
    )


def _refused(condition: str, says: str, *, feature: str = "", decision: str = "") -> Refusal:
    return Refusal(
        feature=feature or f"`{condition}`",
        rule=f"selection: {{eventName: A}}\n_x: {{eventName: B}}\ncondition: {condition}",
        says=says,
        line=8,
        decision=decision,
    )


SECTION = Section(
    title="Condition",
    about="In the examples each selection asks for one field of its own; those a condition leaves out are a warning.",
    rows=(
        _case("selection1 and selection2", yes=("12",), no=("1", "2", "-")),
        _case("selection1 or selection2", yes=("1", "2", "12"), no=("-", "a")),
        _case("not selection1", yes=("-", "2"), no=("1", "12")),
        _case("not not selection1", yes=("1",), no=("-",)),
        _case(
            "selection1 or selection2 and filter_a",
            yes=("1", "2a", "12"),
            no=("2", "a"),
            feature="`or` binds less than `and`: `selection1 or selection2 and filter_a`",
        ),
        _case(
            "selection2 and filter_a or selection1",
            yes=("1", "2a"),
            no=("2", "a"),
            feature="… also the other way round",
        ),
        _case(
            "not selection1 and selection2",
            yes=("2",),
            no=("12", "-", "1"),
            feature="`not` binds more than `and`: `not selection1 and selection2`",
        ),
        _case(
            "not 1 of selection* or filter_a",
            yes=("-", "1a"),
            no=("1", "12"),
            feature="`x of` binds more than `not`: `not 1 of selection* or filter_a`",
        ),
        _case("(selection1 or selection2) and filter_a", yes=("1a", "2a"), no=("1", "a"), feature="brackets"),
        _case("not (selection1 or (selection2 and filter_a))", yes=("-", "2", "a"), no=("1", "2a")),
        _case("1 of selection*", yes=("1", "2"), no=("a", "h")),
        _case("all of selection*", yes=("12",), no=("1", "2")),
        _case("selection1 and not 1 of filter_*", yes=("1", "1b"), no=("1a", "-")),
        _case("1 of *_a", yes=("a",), no=("1", "h"), feature="a wildcard in front: `1 of *_a`"),
        _case("1 of s*1", yes=("1",), no=("2",), feature="a wildcard inside: `1 of s*1`"),
        _case(
            "1 of my-*",
            yes=("b",),
            no=("a",),
            feature="a pattern with a hyphen: `1 of my-*`",
            decision="Names may have one, so patterns may; pySigma's do not.",
        ),
        _case("1 of filter_a", yes=("a",), no=("1",), feature="a pattern without a wildcard: `1 of filter_a`"),
        _case("any of selection*", yes=("1",), no=("a",), decision="Another word for `1`, which pySigma knows."),
        _case(
            "1 of them",
            yes=("1", "2", "a", "b"),
            no=("-", "h"),
            feature="`1 of them`, without names that begin with `_`",
        ),
        _case("all of them", yes=("12ab", "12abh"), no=("12a", "h"), feature="`all of them`, likewise"),
        _case(
            "1 of *",
            yes=("1", "b"),
            no=("h",),
            feature="`1 of *` leaves `_` names out too",
            decision="A pattern takes them only when it begins with `_` itself, as in pySigma.",
        ),
        _case("all of _*", yes=("h",), no=("1",), feature="a pattern that begins with `_`: `all of _*`"),
        _case("selection1 and _hidden", yes=("1h",), no=("1",), feature="a `_` name by itself"),
        _case(
            "[selection1 and filter_a, selection2]",
            yes=("1a", "2"),
            no=("1", "a"),
            feature="several conditions: any of them",
            decision="One rule with one alert, whichever held.",
        ),
        _refused("selection and filter", "names 'filter', which is no selection here"),
        _refused("selectoin", "did you mean 'selection'?", feature="a misspelt name"),
        _refused("1 of filter_*", "'1 of filter_*' finds no selection", feature="a pattern that finds nothing"),
        _refused(
            "2 of sel*", "the condition breaks off", feature="`2 of`", decision="Sigma knows `1`, `any` and `all`."
        ),
        _refused("selection AND _x", "operators are written small: 'and'", feature="operators in capitals"),
        _refused("selection and", "breaks off at its end", feature="half a condition"),
        _refused("(selection", "breaks off", feature="a bracket left open"),
        _refused("''", "breaks off", feature="an empty condition"),
        _refused(
            "selection | count() > 5",
            "the condition counts events with '|'",
            feature="aggregations",
            decision="Sigma 2 has correlations instead.",
        ),
        _refused("5", "the condition is not a text", feature="a condition that is no text"),
        Refusal(
            feature="no condition",
            rule="title: x\nid: 11111111-2222-4333-8444-555555555555\nlogsource: {product: aws}\n"
            "detection: {selection: {eventName: A}}\n",
            says="the detection has no condition",
            line=4,
        ),
        Refusal(
            feature="nothing but a condition",
            rule="condition: a",
            says="the detection has no selection",
            line=5,
        ),
    ),
)
