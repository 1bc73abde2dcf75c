"""`--once` against a Slack that asks for quiet: every message is tried once, and the cycle ends."""

from __future__ import annotations

from pathlib import Path

from daemon.config import load_config
from daemon.service.compose import compose
from daemon.service.life import run_cycle
from tests.doubles.daemons import event, make_place
from tests.doubles.slack import TOKEN, SlackServer, rate_limited

CONFIG = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations: [{{name: security, type: slack, token: "{token}", channel: "C0SECURITY", api_url: "{url}"}}]
"""


def test_a_channel_that_always_asks_for_quiet_does_not_keep_a_single_cycle_for_ever(tmp_path: Path) -> None:
    make_place(tmp_path).put(event(1))
    with SlackServer() as slack:
        slack.always("chat.postMessage", rate_limited("1"))
        path = tmp_path / "config.yaml"
        path.write_text(CONFIG.format(token=TOKEN, url=slack.api_url))
        with compose(load_config(path, {})) as daemon:
            assert run_cycle(daemon) == 1
        assert 1 <= len(slack.calls) <= 2  # the message, and its details at most
