"""What `check` finds out of buttons, asked of a local Slack; and what a press says where they are not set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.config import SlackConfig
from daemon.notify.diagnose import Diagnosis
from daemon.notify.window import NOT_ASKED, Window
from daemon.service.diagnosing import diagnose_destination
from tests.doubles.slack import APP_TOKEN, TEAM, TOKEN, Answer, SlackServer, error

GROUP = "S0RESPONDERS"


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        server.socket_url = "wss://example.com/"
        server.add_person("U0ALICE", groups=(GROUP,))
        yield server


def diagnosis(slack: SlackServer, **changes: str | None) -> Diagnosis:
    values = {"name": "security", "type": "slack", "token": TOKEN, "channel": "C0SECURITY", "api_url": slack.api_url}
    config = SlackConfig.model_validate(values | {"app_token": APP_TOKEN, "may_press": GROUP} | changes)
    return diagnose_destination(config, name="security")


def test_buttons_that_work_are_named(slack: SlackServer) -> None:
    found = diagnosis(slack)
    assert (found.problems, found.doubts) == ((), ())
    assert found.facts[-2:] == (
        "destination security: 1 may press its buttons",
        "destination security: presses can come",
    )


def test_a_group_that_is_unknown_or_empty_is_told(slack: SlackServer) -> None:
    (problem,) = diagnosis(slack, may_press="S0NOBODY").problems
    assert "may_press S0NOBODY: Slack says no_such_subteam" in str(problem)
    slack.groups["S0EMPTY"] = []
    (doubt,) = diagnosis(slack, may_press="S0EMPTY").doubts
    assert "has no members" in doubt


def test_a_scope_that_is_missing_and_a_wrong_app_token_are_told_and_no_token_is_shown(slack: SlackServer) -> None:
    slack.always("usergroups.users.list", error("missing_scope"))
    scope, token = diagnosis(slack, app_token="xapp-wrong").problems
    assert "usergroups:read" in scope.fix
    assert "connections:write" in token.fix
    assert "xapp-wrong" not in str(token)


def test_a_slack_that_does_not_answer_is_a_doubt(slack: SlackServer) -> None:
    slack.always("usergroups.users.list", Answer(hangs_up=True))
    (doubt,) = diagnosis(slack).doubts
    assert "could not be asked of Slack" in doubt


def test_the_audit_channel_is_looked_at_like_any(slack: SlackServer) -> None:
    slack.members.discard("C0AUDIT")
    (problem,) = diagnosis(slack, audit_channel="C0AUDIT").problems
    assert "channel C0AUDIT: not_in_channel" in problem.what


def test_settings_of_buttons_without_an_app_token_are_a_doubt(slack: SlackServer) -> None:
    doubts = diagnosis(slack, app_token="", audit_channel="C0AUDIT").doubts
    assert [each.split()[2] for each in doubts] == ["may_press", "audit_channel"]


def test_an_app_token_is_one_and_is_not_shown_where_it_is_none(slack: SlackServer) -> None:
    with pytest.raises(ValueError, match="begins with xapp-") as caught:
        diagnosis(slack, app_token="xoxb-t0psecret")
    assert "t0psecret" not in str(caught.value)


@pytest.mark.parametrize("code", ["missing_scope", "no_such_subteam", "invalid_auth"])
def test_a_press_says_that_the_app_is_not_set_up_and_it_is_told_on(slack: SlackServer, code: str) -> None:
    told: list[str] = []
    window = Window(
        token=lambda: TOKEN,
        api_url=slack.api_url,
        may_press=GROUP,
        monotonic=lambda: 0.0,
        on_not_set_up=told.append,
    )
    slack.script("usergroups.users.list", error(code), error("internal_error"))
    refusal = window.standing("U0ALICE", team_id=TEAM).refusal
    assert refusal == f"The app is not set up for this ({code}); tell whoever runs Trailwarden."
    assert told == [code]
    assert window.standing("U0ALICE", team_id=TEAM).refusal == NOT_ASKED
    assert told == [code]
