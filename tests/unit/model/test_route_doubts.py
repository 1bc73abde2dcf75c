"""Routes that can never take an alert, and destinations that none leads to, are worth a word."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.model import Level, Mode, Route
from daemon.model.route_doubts import Surroundings, doubts_of, remarks_on
from tests.doubles.state_values import rule

PROD, DEV = "111122223333", "444455556666"
AROUND = Surroundings(
    heads=(
        rule("rule-1", level=Level.LOW),
        rule("rule-2", level=Level.CRITICAL),
        rule("rule-3", level=Level.HIGH, mode=Mode.SHADOW),
    ),
    destinations={"security": Level.LOW, "pager": Level.HIGH},
    accounts=frozenset({PROD}),
    regions=frozenset({"eu-west-1"}),
)
REST = Route(destinations=("security", "pager"))


def route(*destinations: str, **asked: Any) -> Route:
    frozen: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value for name, value in asked.items()
    }
    return Route(destinations=destinations or ("security",), **frozen)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"levels": []}, "no level is both"),
        ({"accounts": [DEV]}, "none of its accounts is watched"),
        ({"accounts": []}, "none of its accounts is watched"),
        ({"regions": ["us-east-1"]}, "none of its regions is watched"),
        ({"rules": ["rule-9"]}, "no rule that is loaded has its rule (rule-9)"),
        ({"tags": ["attack.nothing"]}, "no rule that is loaded has its tag (attack.nothing)"),
        ({"rules": ["rule-1"], "levels": [Level.HIGH]}, "no rule that is loaded fits all"),
        ({"rules": ["rule-3"]}, "every rule that it is for is in shadow"),
    ],
)
def test_a_route_that_can_never_take_an_alert_is_told(asked: dict[str, Any], said: str) -> None:
    (doubt,) = doubts_of((route(**asked), REST), AROUND)
    assert doubt.startswith(f"routes[0]: can never take an alert: {said}")


@pytest.mark.parametrize(
    ("asked", "destination", "said"),
    [
        ({"rules": ["rule-1", "rule-9"]}, "security", "no rule that is loaded has the rule rule-9"),
        ({"accounts": [PROD, DEV]}, "security", f"no source watches the account {DEV}"),
        ({"regions": ["eu-west-1", "us-east-1"]}, "security", "no source watches the region us-east-1"),
        ({"levels": [Level.LOW]}, "pager", "pager takes nothing below high, so this route tells it nothing"),
    ],
)
def test_what_is_in_vain_within_a_route_is_told(asked: dict[str, Any], destination: str, said: str) -> None:
    assert list(doubts_of((route(destination, **asked), REST), AROUND)) == [f"routes[0]: {said}"]


@pytest.mark.parametrize(
    ("first", "second", "is_shadowed"),
    [
        ({}, {"levels": [Level.LOW]}, True),
        ({"levels": [Level.LOW]}, {"levels": [Level.LOW]}, True),
        ({"levels": [Level.LOW]}, {}, False),
        ({"accounts": [PROD, DEV]}, {"accounts": [PROD]}, True),
        ({"accounts": [PROD]}, {}, False),
        ({"rules": ["rule-1"]}, {"rules": ["rule-1"], "accounts": [PROD]}, True),
        ({"rules": ["rule-1"]}, {"rules": ["rule-2"]}, False),
        ({"is_continued": True}, {"levels": [Level.LOW]}, False),
    ],
)
def test_a_route_behind_one_that_takes_all_of_it_is_told(
    first: dict[str, Any], second: dict[str, Any], is_shadowed: bool
) -> None:
    last = () if first == {} else (REST,)
    doubts = list(doubts_of((route("pager", "security", **first), route(**second), *last), AROUND))
    assert any("routes[1]: can never take an alert: routes[0] before it" in doubt for doubt in doubts) is is_shadowed


def test_several_earlier_routes_may_take_it_together() -> None:
    every = [route("pager", "security", levels=[level]) for level in Level]
    doubts = list(doubts_of((*every, route("security")), AROUND))
    assert any(doubt.startswith("routes[5]: can never take an alert: routes[0], routes[1]") for doubt in doubts)


def test_a_destination_that_no_route_leads_to_is_told() -> None:
    (ended,) = doubts_of((route("security"),), AROUND)
    (open_ended,) = doubts_of((route("security", levels=[Level.LOW]),), AROUND)
    assert "destination pager: no route leads to it, so it gets no alert" in ended
    assert "destination pager: no route leads to it, so it gets only what no route takes" in open_ended


def test_one_that_is_reached_by_other_ways_is_not() -> None:
    both = {"security": Level.LOW, "pager": Level.LOW}
    around = Surroundings(heads=(), destinations=both, otherwise_used=frozenset({"pager"}))
    assert list(doubts_of((route("security"),), around)) == []


def test_a_route_whose_destinations_are_all_off_is_told_and_ends_no_search() -> None:
    around = Surroundings(heads=(), destinations={"terminal": Level.LOW})
    doubt, left_out = doubts_of((route("oncall", "pager"),), around)
    assert doubt.startswith("routes[0]: all that it names (oncall, pager) are off or have no credential")
    assert left_out.startswith("destination terminal: no route leads to it, so it gets only what no route takes")
    shadowing = doubts_of((route("oncall"), route("terminal")), around)
    assert not any("can never take" in doubt for doubt in shadowing)


def test_a_route_that_names_one_that_is_off_beside_another_is_told() -> None:
    around = Surroundings(heads=(), destinations={"terminal": Level.LOW})
    (doubt,) = doubts_of((route("oncall", "terminal"),), around)
    assert doubt == "routes[0]: oncall is off or has no credential, so this route tells it nothing"


def test_one_that_is_named_for_notices_alone_is_remarked_and_no_doubt() -> None:
    around = Surroundings(
        heads=(), destinations={"security": Level.LOW, "a": Level.LOW, "b": Level.LOW}, named_besides=frozenset({"a"})
    )
    (doubt,) = doubts_of((route("security"),), around)
    assert doubt.startswith("destination b: no route leads to it, so it gets no alert")
    assert list(remarks_on((route("security"),), around)) == [
        "destination a: no route leads to it, so it gets no alert, besides notices or the daily digest"
    ]


def test_without_routes_there_is_nothing_to_doubt() -> None:
    assert list(doubts_of((), AROUND)) == []
