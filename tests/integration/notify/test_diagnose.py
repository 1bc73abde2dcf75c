from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.notify.diagnose import Diagnosis, diagnose_slack
from tests.doubles.slack import TOKEN, Answer, SlackServer, error


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def diagnosis(slack: SlackServer, *, token: str = TOKEN, channel: str = "C0SECURITY") -> Diagnosis:
    return diagnose_slack(name="security", token=lambda: token, channel=channel, api_url=slack.api_url, timeout_s=2)


def test_a_good_destination_is_named_with_its_workspace_and_channel(slack: SlackServer) -> None:
    found = diagnosis(slack)
    assert found.problems == ()
    assert "posts as trailwarden in the workspace Example" in found.facts[0]
    assert "is in #security-alerts" in found.facts[1]
    assert [method for method, _ in slack.calls] == ["auth.test", "conversations.info"]


@pytest.mark.parametrize(
    ("token", "what"),
    [("", "no token is set"), ("xoxb-ü", "no token has"), ("xoxb-wrong", "refuses the token: invalid_auth")],
)
def test_a_bad_token_is_told_with_what_to_do(slack: SlackServer, token: str, what: str) -> None:
    (problem,) = diagnosis(slack, token=token).problems
    assert what in problem.what
    assert problem.fix


def test_a_missing_scope_is_told(slack: SlackServer) -> None:
    slack.scopes = "channels:read"
    (problem,) = diagnosis(slack).problems
    assert "chat:write" in problem.fix


def test_slack_away_is_told(slack: SlackServer) -> None:
    slack.stop()
    (problem,) = diagnosis(slack).problems
    assert problem.what == "Slack cannot be reached: Connection refused"


def test_a_channel_given_by_name_is_left_to_send_test(slack: SlackServer) -> None:
    found = diagnosis(slack, channel="#security-alerts")
    assert found.problems == ()
    assert "send-test" in found.doubts[0]


def test_an_app_that_was_not_invited_is_told(slack: SlackServer) -> None:
    slack.members.clear()
    (problem,) = diagnosis(slack).problems
    assert "not_in_channel" in problem.what
    assert "/invite" in problem.fix


def test_a_channel_that_is_not_there_is_told(slack: SlackServer) -> None:
    (problem,) = diagnosis(slack, channel="C0NOWHERE").problems
    assert "channel_not_found" in problem.what


def test_an_archived_channel_is_told(slack: SlackServer) -> None:
    slack.script("conversations.info", Answer(body='{"ok": true, "channel": {"is_archived": true, "is_member": true}}'))
    (problem,) = diagnosis(slack).problems
    assert "is_archived" in problem.what


@pytest.mark.parametrize("answer", [error("missing_scope"), Answer(hangs_up=True)], ids=["no scope", "hang-up"])
def test_a_channel_that_cannot_be_looked_at_is_a_doubt_and_no_fault(slack: SlackServer, answer: Answer) -> None:
    slack.script("conversations.info", answer)
    found = diagnosis(slack)
    assert found.problems == ()
    assert len(found.doubts) == 1


def test_an_odd_answer_is_told_and_does_not_raise(slack: SlackServer) -> None:
    slack.script("auth.test", Answer(status=500, body="[]"))
    assert diagnosis(slack).problems


def test_without_a_scopes_header_nothing_is_held_against_the_token(slack: SlackServer) -> None:
    slack.script("auth.test", Answer(body='{"ok": true, "user": "u", "team": "t"}'))
    assert diagnosis(slack).problems == ()
