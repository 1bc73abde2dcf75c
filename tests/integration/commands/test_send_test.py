"""`trailwarden send-test`: a marked alert everywhere, and what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.commands.send_test import send_test_alert
from tests.doubles.slack import TOKEN, SlackServer, error

CONFIG = """
sources: [{{url: file:bucket}}]
destinations:
  - {{name: terminal, type: console}}
  - {{name: security, type: slack, token: "${{T:-}}", channel: C0SECURITY, api_url: "{url}"}}
"""


def send(tmp_path: Path, slack: SlackServer, **environment: str) -> int:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(url=slack.api_url))
    return send_test_alert(path, environment=environment)


def test_every_destination_gets_a_marked_alert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SlackServer() as slack:
        assert send(tmp_path, slack, T=TOKEN) == 0
        (post,) = slack.opens()

    told = capsys.readouterr()
    assert "This is a test" in post.text
    assert "TEST: please ignore" in told.out
    assert told.err == "terminal: sent\nsecurity: sent\n"


@pytest.mark.parametrize("code", ["not_in_channel", "ratelimited", "msg_too_long"])
def test_a_refusal_is_told_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str) -> None:
    with SlackServer() as slack:
        slack.always("chat.postMessage", error(code))
        assert send(tmp_path, slack, T=TOKEN) == 1

    assert "security: not sent: " in capsys.readouterr().err


def test_a_destination_without_a_token_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SlackServer() as slack:
        assert send(tmp_path, slack) == 0

    assert "security: left out, it has no token" in capsys.readouterr().err


def test_a_test_that_reaches_nobody_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("sources: [{url: file:bucket}]\ndestinations: [{name: t, type: console, enabled: false}]\n")

    assert send_test_alert(path, environment={}) == 1
    assert "no destination is enabled" in capsys.readouterr().err
