"""Every kind of destination at once, of which one fails: the others are told, and it is told once it works again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest

from daemon.service.daemon import Daemon
from tests.doubles.daemons import Place, event
from tests.doubles.slack import TOKEN, Answer, SlackServer
from tests.doubles.web import WebServer

# Apprise loads all its plugins at once, and some of their libraries import what Python has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CONFIG = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations:
  - {{name: terminal, type: console}}
{more}
notices: []
"""
_SNS = '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1</MessageId>'
TAKEN = {
    "slack_webhook": Answer(body="ok"),
    "webhook": Answer(),
    "pagerduty": Answer(status=202, body='{"status":"success","dedup_key":"x"}'),
    "apprise": Answer(),
    "sns": Answer(body=f"{_SNS}</PublishResult></PublishResponse>", headers={"Content-Type": "text/xml"}),
}
EVERY = ("slack", *TAKEN)


class World:
    """A server for each kind of destination, and what it took."""

    def __init__(self, stack: ExitStack) -> None:
        self.slack = stack.enter_context(SlackServer())
        self.web = {name: stack.enter_context(WebServer(usual=usual)) for name, usual in TAKEN.items()}

    def more(self) -> str:
        """The destinations of the configuration, each named as its type."""
        url = {name: server.url for name, server in self.web.items()}
        own = {
            "slack": f'token: {TOKEN}, channel: C0SECURITY, details: none, api_url: "{self.slack.api_url}"',
            "slack_webhook": f'url: "{url["slack_webhook"]}"',
            "webhook": f'url: "{url["webhook"]}"',
            "pagerduty": f'routing_key: "{"0" * 32}", api_url: "{url["pagerduty"]}"',
            "apprise": f'url: "{url["apprise"].replace("http", "json", 1)}"',
            "sns": f'topic_arn: "arn:aws:sns:us-east-1:111122223333:x", endpoint_url: "{url["sns"]}"',
        }
        return "\n".join(f"  - {{name: {name}, type: {name}, {more}}}" for name, more in own.items())

    def server(self, name: str) -> SlackServer | WebServer:
        return self.slack if name == "slack" else self.web[name]

    def taken(self, name: str) -> int:
        """How many messages came."""
        return len(self.slack.opens()) if name == "slack" else len(self.web[name].requests)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with ExitStack() as stack:
        yield World(stack)


@pytest.mark.parametrize("broken", EVERY)
def test_one_that_is_away_costs_no_other_anything(place: Place, world: World, broken: str) -> None:
    world.server(broken).stop()
    with place.daemon(config=CONFIG, more=world.more()) as daemon:
        place.put(event(1))
        daemon.polling.poll(daemon.watched[0])
        daemon.worker.work_off()
        for _ in range(4):
            daemon.dispatcher.run_once()
            place.clock.advance(timedelta(minutes=20))
        assert {name: world.taken(name) for name in EVERY} == {name: int(name != broken) for name in EVERY}
        assert owed(daemon) == {name: int(name == broken) for name in EVERY}
        assert {name: gauge(daemon, "destination_paused", name) for name in EVERY} == owed(daemon)
        assert place.terminal.getvalue().count("A group was deleted") == 1
        world.server(broken).start()
        for _ in range(3):
            daemon.dispatcher.run_once()
            place.clock.advance(timedelta(minutes=20))
        assert {name: world.taken(name) for name in EVERY} == dict.fromkeys(EVERY, 1)
        assert set(owed(daemon).values()) == {0}
        assert {gauge(daemon, "destination_paused", name) for name in EVERY} == {0}


def owed(daemon: Daemon) -> dict[str, float | None]:
    return {name: gauge(daemon, "outbox_pending", name) for name in EVERY}


def gauge(daemon: Daemon, name: str, destination: str) -> float | None:
    ask: Callable[..., float | None] = daemon.shared.metrics.registry.get_sample_value
    return ask(f"trailwarden_{name}", {"destination": destination})
