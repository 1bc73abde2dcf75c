"""The dialog that asks for a mute, and whatever may come back of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from daemon.model import Alert, MuteRequest, MuteScope
from daemon.notify.dialog import mute_dialog, read_dialog, read_metadata
from tests.doubles.alerts import a_sample, an_alert


def asked(alert: Alert) -> dict[str, Any]:
    return mute_dialog(alert, destination="security", channel="C1")


def choice(view: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (block["element"] for block in view["blocks"] if block.get("block_id") == name)
    return dict(found)


def scopes(alert: Alert) -> list[str]:
    return [option["value"] for option in choice(asked(alert), "scope")["options"]]


def answer(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "scope": {"scope": {"selected_option": {"value": "identity"}}},
        "duration": {"duration": {"selected_option": {"value": "28800"}}},
        "reason": {"reason": {"value": " deployment\n"}},
    }
    return {"state": {"values": values | changes}}


def test_only_what_the_alert_says_can_be_muted_and_the_narrowest_is_chosen() -> None:
    assert scopes(an_alert()) == ["identity", "account", "all"]
    assert scopes(an_alert(samples=(a_sample(record={}, account="111122223333"),))) == ["account", "all"]
    assert scopes(an_alert(samples=())) == ["all"]
    assert choice(asked(an_alert()), "scope")["initial_option"]["value"] == "identity"
    assert choice(asked(an_alert()), "duration")["initial_option"]["text"]["text"] == "8 h"


def test_an_alert_without_a_title_has_a_dialog_that_slack_takes() -> None:
    assert asked(an_alert(title=""))["blocks"][0]["text"]["text"] == " "


def test_of_a_long_principal_the_end_is_shown_too() -> None:
    principal = f"arn:aws:iam::111122223333:role/{'x' * 90}/deployer"
    first, account, _ = choice(asked(an_alert(samples=(a_sample(principal=principal),))), "scope")["options"]
    assert first["description"]["text"].endswith("/deployer")
    assert max(len(first["text"]["text"]), len(first["description"]["text"])) <= 75
    assert "description" not in account


def test_what_was_asked_for_comes_back() -> None:
    request = MuteRequest(scope=MuteScope.IDENTITY, duration=timedelta(hours=8), reason="deployment")
    assert read_dialog(answer()) == request


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"scope": {}}, {"scope": "choose for whom"}),
        ({"scope": {"scope": {"selected_option": None}}}, {"scope": "choose for whom"}),
        ({"scope": {"scope": {"selected_option": {"value": "planet"}}}}, {"scope": "choose for whom"}),
        ({"duration": {"duration": {"selected_option": {"value": "99"}}}}, {"duration": "choose for how long"}),
        ({"duration": 7}, {"duration": "choose for how long"}),
        ({"reason": {"reason": {"value": None}}}, {"reason": "say why: a mute needs a reason"}),
        ({"reason": {"reason": {"value": ["x"]}}}, {"reason": "say why: a mute needs a reason"}),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(changes: dict[str, Any], fault: dict[str, str]) -> None:
    assert read_dialog(answer(**changes)) == fault


@pytest.mark.parametrize("view", [{}, {"state": None}, {"state": {"values": []}}])
def test_a_view_of_another_kind_is_refused_and_raises_nothing(view: dict[str, Any]) -> None:
    assert read_dialog(view) == {"scope": "choose for whom"}


def test_the_dialog_remembers_what_it_is_about() -> None:
    assert read_metadata(asked(an_alert())) == {"destination": "security", "alert": "alert-1", "channel": "C1"}


@pytest.mark.parametrize("kept", [None, "", "no JSON", "[1]", json.dumps("x"), 7])
def test_what_it_does_not_remember_is_empty(kept: object) -> None:
    assert read_metadata({"private_metadata": kept}) == {}
