"""docs/routing.md, run: each piece of configuration in a whole daemon, and where its alerts arrive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.commands.check import check_all
from daemon.config import load_config
from daemon.service.adapters import make_notifier
from daemon.service.compose import compose
from daemon.service.daemon import Daemon
from daemon.service.makers import Makers
from tests.doubles.daemons import Place, event, make_place
from tests.doubles.rule_text import rule_text
from tests.doubles.slack import TOKEN, SlackServer
from tests.integration.docs.pages import blocks

PAGE = "docs/routing.md"
ROUTES, UNITS, MENTIONS, PAUSED, UNANSWERED, BACKLOG, QUIET = (
    yaml.load(block.text, Loader=yaml.BaseLoader) for block in blocks("yaml") if block.page == PAGE
)
CHANNELS = {"#security-alerts": "C0SECURITY", "#on-call": "C0ONCALL", "#payments-alerts": "C0PAYMENTS"}
VARIABLES = {"SLACK_BOT_TOKEN": TOKEN}
PAYMENTS = "444455556666"


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer(channels=CHANNELS) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A rule of each level, by the beginning of the group's name."""
    made = make_place(tmp_path)
    for number, level in enumerate(("critical", "high", "low")):
        detection = f"selection: {{requestParameters.groupName|startswith: {level}}}\ncondition: selection"
        more = "tags: [attack.impact]\ntrailwarden: {group_by: [requestParameters.groupName]}"
        rule_id = f"1111111{number}-2222-4333-8444-555555555555"
        text = rule_text(detection, rule_id=rule_id, title=f"{level} group", level=level, more=more)
        made.write_rule(text, "rule.yml" if number == 0 else f"{level}.yml")
    return made


@contextmanager
def a_daemon(place: Place, slack: SlackServer, example: dict[str, Any]) -> Iterator[Daemon]:
    """A daemon on the page's example, whose reader has set what it asks for."""
    path = place.folder / "config.yaml"
    tree = {"sources": [{"url": "file:bucket"}], "rules": {"paths": ["rules"]}} | example
    for each in tree["destinations"]:
        if each["type"] == "slack":
            each |= {"api_url": slack.api_url, "details": "none"}
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    makers = Makers(
        clock=place.clock, jitter=lambda: 0.0, notifier=lambda each: make_notifier(each, stdout=place.terminal)
    )
    with compose(load_config(path, VARIABLES), makers=makers) as daemon:
        yield daemon


def bring(place: Place, daemon: Daemon, group: str, *, account: str = "111122223333", days: int = 0) -> None:
    """An event of this group happens now, or days ago, and its log file comes."""
    now = place.clock()
    seen = now - timedelta(days=days)
    record = event(
        1,
        eventID=f"{group}-{account}",
        eventTime=f"{seen:%Y-%m-%dT%H:%M:%SZ}",
        recipientAccountId=account,
        requestParameters={"groupName": group},
    )
    place.put(record, stamp=now, unique=f"{abs(hash(group)) % 10**9:010}{account[:6]}")
    daemon.polling.poll(daemon.watched[0])
    daemon.worker.work_off()


def send(place: Place, daemon: Daemon, *, within: timedelta = timedelta(minutes=1)) -> None:
    """Send all that falls due within this time, which then is over."""
    end = place.clock() + within
    while (next_at := daemon.dispatcher.run_once().next_at) is not None and next_at <= end:
        place.clock.now = max(next_at, place.clock.now)
    place.clock.now = end


def told(slack: SlackServer, text: str) -> dict[str, str]:
    """The channels in which a message with this in it is, and whom it mentions there."""
    names = {channel_id: name for name, channel_id in CHANNELS.items()}
    return {names[post.channel]: mentioned(post.payload) for post in slack.opens() if text in str(post.payload)}


def mentioned(payload: Any) -> str:
    if isinstance(payload, dict):
        own = (
            payload.get("usergroup_id")
            or payload.get("user_id")
            or (payload.get("range") if payload.get("type") == "broadcast" else None)
        )
        return " ".join(filter(None, [str(own or ""), *map(mentioned, payload.values())]))
    return " ".join(filter(None, map(mentioned, payload))) if isinstance(payload, list | tuple) else ""


def test_there_is_a_test_for_each_example() -> None:
    assert [*map(set, (ROUTES, MENTIONS, BACKLOG, QUIET))] == [
        {"destinations", "routes", "notices"},
        {"destinations", "routes"},
        {"backlog"},
        {"destinations"},
    ]


def test_alerts_go_where_the_routes_of_the_page_say(place: Place, slack: SlackServer) -> None:
    with a_daemon(place, slack, ROUTES) as daemon:
        bring(place, daemon, "critical-one")
        bring(place, daemon, "high-two", account=PAYMENTS)
        bring(place, daemon, "low-three")
        send(place, daemon)
        assert told(slack, "critical-one") == {"#on-call": "S0ONCALL00", "#security-alerts": ""}
        assert told(slack, "high-two") == {"#payments-alerts": ""}
        assert told(slack, "low-three") == {"#security-alerts": ""}
        assert "A new state store was made" in place.terminal.getvalue()
        assert "critical group" not in place.terminal.getvalue()


def test_check_has_nothing_against_the_routes_of_the_page(place: Place, slack: SlackServer) -> None:
    with a_daemon(place, slack, ROUTES):
        pass
    assert check_all(place.folder / "config.yaml", is_offline=True, environment=VARIABLES) == 0


def test_whom_the_page_mentions_is_mentioned_by_level(place: Place, slack: SlackServer) -> None:
    with a_daemon(place, slack, MENTIONS) as daemon:
        for group in ("critical-one", "high-two", "low-three"):
            bring(place, daemon, group)
        send(place, daemon)
        assert told(slack, "critical-one") == {"#security-alerts": "S0ONCALL00 here"}
        assert told(slack, "high-two") == {"#security-alerts": "S0SECURITY"}
        assert told(slack, "low-three") == {"#security-alerts": ""}


def test_a_backlog_is_told_as_the_page_says_with_its_defaults(place: Place, slack: SlackServer) -> None:
    without = {"destinations": MENTIONS["destinations"]}
    with a_daemon(place, slack, without) as plain:
        said = plain.config.backlog
    with a_daemon(place, slack, BACKLOG | without) as daemon:
        assert daemon.config.backlog == said
        for number in range(23):
            bring(place, daemon, f"high-{number}-", days=2)
        send(place, daemon, within=timedelta(minutes=4))
        assert len(slack.opens()) == 20
        send(place, daemon, within=timedelta(minutes=4))
        *_, summary = slack.opens()
        assert len(slack.opens()) == 21
        assert "3" in summary.text


def test_quiet_hours_hold_what_the_page_says_until_they_end(place: Place, slack: SlackServer) -> None:
    place.clock.now = datetime(2026, 5, 4, 21, 30, tzinfo=UTC)  # half past eleven in Berlin
    with a_daemon(place, slack, QUIET) as daemon:
        bring(place, daemon, "low-one")
        bring(place, daemon, "high-two")
        send(place, daemon)
        assert (told(slack, "low-one"), len(told(slack, "high-two"))) == ({}, 1)
        labels = {"destination": "security"}
        assert daemon.shared.metrics.registry.get_sample_value("trailwarden_outbox_pending", labels) == 0
        place.clock.now = datetime(2026, 5, 5, 5, 0, tzinfo=UTC)
        send(place, daemon)
        assert len(slack.opens()) == 2
