"""Fallbacks and escalations as they are written: what is refused, what is made of them, what is doubtful."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daemon.config import Config, load_config
from daemon.errors import ConfigError
from daemon.model import DeliveryKind
from daemon.service.adapters import usable_destinations
from daemon.service.routing import make_plans, make_routes, route_doubts
from daemon.service.waking import fallbacks_of
from tests.doubles.state_values import rule

TEXT = """
sources: [{{url: "file:bucket"}}]
destinations:
  - {{name: security, type: slack, token: x, channel: "#security", {security}}}
  - {{name: oncall, type: slack, token: {token}, channel: "#oncall", {oncall}}}
  - {{name: terminal, type: console, {terminal}}}
{more}
notices: []
"""
ESCALATE = "routes: [{to: security, escalate_unacked_after: 30m, escalate_to: [oncall]}]"


def loaded(folder: Path, more: str = "", *, token: str = "y", **each: str) -> Config:
    path = folder / "config.yaml"
    keys = {"security": "enabled: true", "oncall": "enabled: true", "terminal": "enabled: true"} | each
    path.write_text(TEXT.format(more=more, token=token, **keys))
    return load_config(path, {})


def doubts(config: Config) -> list[str]:
    return list(route_doubts(config, [rule(close_after=timedelta(hours=1))], usable_destinations(config)))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"security": "fallback: nobody"}, "no destination is called 'nobody'"),
        ({"security": "fallback: security"}, "security falls back to security"),
        (
            {"security": "fallback: oncall", "oncall": "fallback: terminal", "terminal": "fallback: security"},
            "security falls back to oncall falls back to terminal falls back to security",
        ),
        ({"more": "routes: [{to: security, escalate_to: oncall}]"}, "need each other"),
        ({"more": "routes: [{to: security, escalate_unacked_after: 5m}]"}, "need each other"),
        (
            {"more": "routes: [{to: [security, oncall], escalate_unacked_after: 5m, escalate_to: oncall}]"},
            "names nobody whom `to` does not tell at once",
        ),
        (
            {"more": "routes: [{to: security, escalate_unacked_after: 5s, escalate_to: oncall}]"},
            "at least 1m",
        ),
        (
            {"more": "routes: [{to: security, escalate_unacked_after: 5m, escalate_to: nobody}]"},
            "no destination is called 'nobody'",
        ),
    ],
)
def test_what_leads_nowhere_is_refused(tmp_path: Path, keys: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, **keys)
    assert said in str(refused.value)
    assert str(refused.value).count("falls back") <= 3


def test_a_route_says_after_what_time_whom_to_wake(tmp_path: Path) -> None:
    (route,) = make_routes(loaded(tmp_path, ESCALATE).routes)
    assert (route.escalate_after, route.escalate_to) == (timedelta(minutes=30), ("oncall",))


def test_a_fallback_that_is_off_is_passed_over(tmp_path: Path) -> None:
    config = loaded(tmp_path, security="fallback: oncall", oncall="enabled: false, fallback: terminal")
    assert fallbacks_of(config, usable_destinations(config)) == {"security": "terminal"}
    (doubt,) = (each for each in doubts(config) if "fallback" in each)
    assert doubt == (
        "destination security: its fallback oncall is off or has no credential, what it is owed goes on to terminal"
    )


def test_a_fallback_without_anybody_behind_it_is_doubted(tmp_path: Path) -> None:
    config = loaded(tmp_path, security="fallback: oncall", oncall="enabled: false")
    assert fallbacks_of(config, usable_destinations(config)) == {}
    assert [each for each in doubts(config) if each.endswith("so it has none")]


def test_a_fallback_of_the_same_credential_is_doubted(tmp_path: Path) -> None:
    same = loaded(tmp_path, security="fallback: oncall", token="x")
    assert any("has the same credential" in each for each in doubts(same))
    assert not any("credential" in each for each in doubts(loaded(tmp_path, security="fallback: terminal")))


def test_an_escalation_that_wakes_nobody_is_doubted(tmp_path: Path) -> None:
    off = doubts(loaded(tmp_path, ESCALATE, oncall="enabled: false"))
    assert "routes[0]: nothing can be escalated to oncall: off, or without a credential" in off
    late = ESCALATE.replace("30m", "2h")
    said = "routes[0]: after 2 h an alert that does not go on is closed, and not escalated: Title of rule-1"
    assert said in doubts(loaded(tmp_path, late))


def test_that_only_the_command_line_can_answer_is_said(tmp_path: Path) -> None:
    said = "has buttons, so only `trailwarden alerts ack`"
    assert any(said in each for each in doubts(loaded(tmp_path, ESCALATE)))
    buttons = "app_token: xapp-z, may_press: S0123ABCD"
    assert not any(said in each for each in doubts(loaded(tmp_path, ESCALATE, security=buttons)))


def test_a_destination_that_is_told_only_then_is_no_mistake(tmp_path: Path) -> None:
    assert not any("destination oncall" in each for each in doubts(loaded(tmp_path, ESCALATE)))


@pytest.mark.parametrize(("keys", "is_closed"), [("", False), (", resolve: closed", True)])
def test_pagerduty_is_told_of_answers_and_ends(tmp_path: Path, keys: str, is_closed: bool) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        'sources: [{url: "file:bucket"}]\nnotices: []\n'
        f"destinations: [{{name: pager, type: pagerduty, routing_key: {'a' * 32}{keys}}}]\n"
    )
    config = load_config(path, {})
    (plan,) = make_plans(config, config.destinations)
    assert plan.kinds == (DeliveryKind.OPEN, DeliveryKind.BROADCAST, DeliveryKind.ACKNOWLEDGE, DeliveryKind.RESOLVE)
    assert plan.resolves_unanswered is is_closed
