"""Which destinations an alert goes to: conditions, the order of routes, the end of the list, and mentions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemon.model import Address, Level, Route, Subject, address_in, subject_of
from daemon.model.routing import passing_on
from tests.doubles.alerts import an_alert

PROD, DEV = "111122223333", "444455556666"
SUBJECT = Subject(
    level=Level.HIGH,
    rule=frozenset({"rule-1", "root signed in"}),
    tags=frozenset({"attack.persistence"}),
    accounts=frozenset({PROD}),
    regions=frozenset({"eu-west-1"}),
)
HERE = Address()


def route(*destinations: str, **asked: Any) -> Route:
    frozen: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, list) else value for name, value in asked.items()
    }
    return Route(destinations=destinations, **frozen)


@pytest.mark.parametrize(
    ("asked", "is_taken"),
    [
        ({}, True),
        ({"levels": [Level.HIGH, Level.CRITICAL]}, True),
        ({"levels": [Level.LOW]}, False),
        ({"rules": ["rule-1"]}, True),
        ({"rules": ["root signed in", "another"]}, True),
        ({"rules": ["another"]}, False),
        ({"tags": ["attack.persistence"]}, True),
        ({"tags": ["attack.impact"]}, False),
        ({"accounts": [PROD, DEV]}, True),
        ({"accounts": [DEV]}, False),
        ({"accounts": []}, False),
        ({"regions": ["eu-west-1"]}, True),
        ({"regions": ["us-east-1"]}, False),
        ({"accounts": [PROD], "regions": ["us-east-1"]}, False),
        ({"accounts": [PROD], "tags": ["attack.persistence"], "levels": [Level.HIGH]}, True),
    ],
)
def test_a_route_takes_what_fits_all_of_its_conditions(asked: dict[str, Any], is_taken: bool) -> None:
    assert route("pager", **asked).takes(SUBJECT) is is_taken


def test_without_routes_every_destination_is_told() -> None:
    assert address_in("security", (), SUBJECT) == HERE


def test_the_first_route_that_takes_it_ends_the_search() -> None:
    routes = (route("pager", levels=[Level.HIGH]), route("security"))
    assert address_in("pager", routes, SUBJECT) == HERE
    assert address_in("security", routes, SUBJECT) is None
    assert address_in("security", routes, replace(SUBJECT, level=Level.LOW)) == HERE


def test_a_continued_route_lets_later_ones_have_it_too() -> None:
    routes = (route("pager", is_continued=True), route("security"))
    assert [address_in(name, routes, SUBJECT) for name in ("pager", "security", "other")] == [HERE, HERE, None]


def test_what_no_route_takes_goes_everywhere() -> None:
    routes = (route("pager", levels=[Level.CRITICAL]), route("dev", accounts=[DEV]))
    assert [address_in(name, routes, SUBJECT) for name in ("pager", "dev", "security")] == [HERE] * 3


def test_what_only_continued_routes_took_goes_everywhere_too() -> None:
    assert address_in("security", (route("pager", is_continued=True),), SUBJECT) == HERE


def test_an_alert_goes_to_a_destination_once_and_as_the_first_route_says() -> None:
    routes = (
        route("security", channel="#payments", mentions={Level.HIGH: ("S0PAYMENTS",)}, is_continued=True),
        route("security", mentions={Level.HIGH: ("S0SECURITY",)}),
    )
    assert address_in("security", routes, SUBJECT) == Address(channel="#payments", mentions=("S0PAYMENTS",))


@pytest.mark.parametrize(
    ("level", "mentioned"),
    [(Level.MEDIUM, ()), (Level.HIGH, ("S0TEAM",)), (Level.CRITICAL, ("S0TEAM", "here"))],
)
def test_who_is_mentioned_goes_by_the_highest_level_that_is_reached(level: Level, mentioned: tuple[str, ...]) -> None:
    mentions = {Level.HIGH: ("S0TEAM",), Level.CRITICAL: ("S0TEAM", "here")}
    assert route("security", mentions=mentions).mentioned_at(level) == mentioned


def test_an_alert_is_asked_for_all_accounts_and_regions_that_it_shows() -> None:
    alert = an_alert()
    (sample,) = alert.samples
    other = replace(sample, account=DEV, region="eu-north-1")
    found = subject_of(replace(alert, title="Root Signed In ", samples=(sample, other)))
    assert found.accounts == {sample.account, DEV}
    assert found.regions == {sample.region, "eu-north-1"}
    assert "root signed in" in found.rule


@pytest.mark.parametrize("asked", [{}, {"levels": [Level.HIGH]}, {"regions": ["eu-west-1"]}], ids=str)
def test_only_a_route_without_conditions_takes_everything(asked: dict[str, Any]) -> None:
    assert route("security", **asked).takes_everything is (not asked)


def test_a_route_whose_destinations_are_all_off_passes_alerts_on() -> None:
    routes = (route("oncall"), route("pager", "security"), route("other"))
    passed = passing_on(routes, {"security", "other", "terminal"})
    assert [address_in(name, passed, SUBJECT) for name in ("security", "other", "terminal")] == [HERE, None, None]
    assert address_in("terminal", passing_on(routes[:1], {"terminal"}), SUBJECT) == HERE
