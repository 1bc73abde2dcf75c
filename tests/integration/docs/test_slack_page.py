"""docs/slack.md, walked through: from the manifest to the first pressed button, with its scopes alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from tests.doubles.daemons import event
from tests.doubles.rule_text import rule_text
from tests.doubles.slack import APP_TOKEN, TEAM, TOKEN, Post, SlackServer
from tests.doubles.slack_socket import SocketServer
from tests.e2e.harness import REPOSITORY, running, trailwarden, wait_until
from tests.integration.docs.pages import blocks

PAGE = "docs/slack.md"
MANIFEST, BUTTONS = (yaml.load(block.text, Loader=yaml.BaseLoader) for block in blocks("yaml") if block.page == PAGE)
(DESTINATION,) = BUTTONS["destinations"]
CHANNELS = {
    "#security-alerts": "C0SECURITY",
    "#security": DESTINATION["channel"],
    "#audit": DESTINATION["audit_channel"],
}


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    """A workspace in which the app is installed, and invited nowhere yet."""
    with SlackServer(channels=CHANNELS) as server:
        server.scopes = ",".join(MANIFEST["oauth_config"]["scopes"]["bot"])
        server.is_strict = True
        server.members.clear()
        yield server


def written(folder: Path, slack: SlackServer) -> Path:
    """The page's configuration for buttons, with the tokens filled in and our Slack in the place of the real one."""
    tree = {
        "sources": [{"url": "file:bucket"}],
        "rules": {"paths": ["rules"], "reload_every": "1h"},
        "state": {"url": "sqlite:///state.db"},
        "destinations": [DESTINATION | {"token": TOKEN, "app_token": APP_TOKEN, "api_url": slack.api_url}],
        "http": {"listen": "127.0.0.1:0"},
        "log": {"format": "json"},
    }
    (folder / "rules").mkdir()
    (folder / "rules" / "rule.yml").write_bytes(rule_text())
    seen = datetime.now(UTC) - timedelta(minutes=9)
    day = folder / f"bucket/AWSLogs/111122223333/CloudTrail/us-east-1/{seen:%Y/%m/%d}"
    day.mkdir(parents=True)
    record = event(1, eventTime=f"{seen:%Y-%m-%dT%H:%M:%SZ}")
    log_file = day / f"111122223333_CloudTrail_us-east-1_{seen:%Y%m%dT%H%MZ}_AAAABBBBCCCCDDDD.json.gz"
    log_file.write_bytes(gzip.compress(json.dumps({"Records": [record]}).encode()))
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return path


def test_the_commands_of_the_set_up_do_what_the_page_says(slack: SlackServer, tmp_path: Path) -> None:
    text = (REPOSITORY / "config.example.yaml").read_text(encoding="utf-8")
    text = text.replace("# api_url: https://slack-gov.com/api/ ", f"api_url: {slack.api_url} ")
    (tmp_path / "config.example.yaml").write_text(text.replace("file:examples/bucket", "file:bucket"))
    (tmp_path / "bucket").mkdir()
    variables = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_CHANNEL": "#security-alerts"}
    run = [command for each in blocks("sh") if each.page == PAGE for command in each.text.splitlines()]
    check, send = (line.partition("#")[0].split()[1:] for line in run if line.startswith(".venv/bin/trailwarden"))
    looked = trailwarden(*check, cwd=tmp_path, extra=variables)
    assert "posts as trailwarden in the workspace Example" in looked.stdout
    refused = trailwarden(*send, cwd=tmp_path, extra=variables)
    assert (refused.returncode, "not_in_channel" in refused.stderr, "/invite" in refused.stderr) == (1, True, True)
    slack.members.add("C0SECURITY")
    assert trailwarden(*send, cwd=tmp_path, extra=variables).returncode == 0
    (post,) = slack.posts
    assert "test" in post.text.lower()


def test_with_the_scopes_of_the_manifest_a_button_is_pressed_and_answered(slack: SlackServer, tmp_path: Path) -> None:
    slack.members.update(CHANNELS.values())
    slack.add_person("U0ALICE", groups=(DESTINATION["may_press"],), real_name="Alice")
    with SocketServer() as socket, running(written(tmp_path, slack)) as program:
        slack.socket_url = socket.url
        socket.wait_connected()
        wait_until(lambda: program.metric("socket_connected") == 1, "the buttons are connected")
        assert trailwarden("send-test", cwd=tmp_path).returncode == 0
        (trial,) = (post for post in slack.opens() if "TEST" in str(post.payload))
        socket.press(pressed(trial, "Acknowledge"))
        wait_until(
            lambda: [told for told in slack.whispers if "The buttons work" in told["text"]], "a word on the press"
        )
        (opened,) = wait_until(lambda: [post for post in slack.opens() if "TEST" not in str(post.payload)], "the alert")
        socket.press(pressed(opened, "Acknowledge"))
        wait_until(lambda: [post for post in slack.replies() if "Alice" in post.text], "it is told in the thread")
        socket.press(pressed(opened, "Mute…"))
        wait_until(lambda: slack.views, "the dialog is opened")
    assert not [payload for method, payload in slack.calls if method not in _KNOWN]


def pressed(post: Post, label: str) -> dict[str, object]:
    """Alice presses a button of a message."""
    return {
        "type": "block_actions",
        "user": {"id": "U0ALICE", "team_id": TEAM},
        "container": {"channel_id": post.channel, "message_ts": post.ts},
        "trigger_id": "t",
        "actions": [_buttons(post.payload)[label]],
    }


_KNOWN = {
    *("auth.test", "chat.postMessage", "chat.postEphemeral", "views.open", "users.info", "usergroups.users.list"),
    *("apps.connections.open", "chat.update"),
}


def _buttons(payload: object) -> dict[str, dict[str, str]]:
    """The buttons of a message by their labels, as Slack sends one that is pressed."""
    found: dict[str, dict[str, str]] = {}
    if isinstance(payload, dict):
        if payload.get("type") == "button":
            found[payload["text"]["text"]] = {name: payload[name] for name in ("type", "action_id", "value")}
        for inner in payload.values():
            found |= _buttons(inner)
    elif isinstance(payload, list):
        for inner in payload:
            found |= _buttons(inner)
    return found
