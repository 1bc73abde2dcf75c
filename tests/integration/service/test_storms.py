"""Slack in a storm, and away for an hour, through the whole daemon: from log files to what the channels show.

The clock is moved by hand to when each lane asks to be called again, so a second between messages costs no second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from daemon.model import DeliveryKind, DeliveryState
from daemon.service.daemon import Daemon
from tests.doubles.cycles import told
from tests.doubles.daemons import Place, event
from tests.doubles.rule_text import rule_text
from tests.doubles.slack import CHANNELS, TOKEN, Answer, SlackServer, rate_limited

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ACCOUNTS = [f"{100_000_000_000 + number}" for number in range(50)]
CONFIG = """
sources: [{{url: "file:bucket"}}]
rules: {{paths: [rules]}}
destinations:
  - {{name: terminal, type: console}}
  - {{name: security, type: slack, details: none, channel: C0SECURITY, {more}
notices: [terminal]
"""
RANKS = {"CRITICAL": 4, "HIGH": 3, "MEDIUM": 2, "LOW": 1}


@pytest.fixture
def storm(place: Place) -> Place:
    """A rule of each level; each group is an alert of its own."""
    for number, level in enumerate(("critical", "high", "medium", "low")):
        detection = f"selection: {{requestParameters.groupName|startswith: {level}-}}\ncondition: selection"
        rule_id = f"1111111{number}-2222-4333-8444-555555555555"
        more = "trailwarden: {group_by: [requestParameters.groupName]}"
        text = rule_text(detection, rule_id=rule_id, title=f"{level} group", level=level, more=more)
        place.write_rule(text, "rule.yml" if number == 0 else f"{level}.yml")
    return place


@contextmanager
def a_daemon(place: Place, slack: SlackServer, *, routes: str = "") -> Iterator[Daemon]:
    more = f'token: {TOKEN}, api_url: "{slack.api_url}"}}\n{routes}'
    with place.daemon(config=CONFIG, more=more) as daemon:
        yield daemon


def deliver(place: Place, daemon: Daemon, *groups: str, **changes: Any) -> None:
    """A log file with an event for each of these groups comes, and is evaluated. A number in one is its account."""
    now = place.clock()
    events = [
        event(
            1,
            eventID=f"{group}-{now.timestamp():.0f}",
            recipientAccountId=next((part for part in group.split("-") if part in ACCOUNTS), "111122223333"),
            requestParameters={"groupName": group},
            eventTime=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            **changes,
        )
        for group in groups
    ]
    place.put(*events, stamp=now, unique=f"{now:%Y%m%d%H%M%S}AA")
    daemon.polling.poll(daemon.watched[0])
    daemon.worker.work_off()


def turn(place: Place, daemon: Daemon) -> bool:
    """Every lane sends what it may now, and the clock goes on to when the next asks; False when nothing is owed."""
    next_at = daemon.dispatcher.run_once().next_at
    if next_at is None:
        return False
    place.clock.now = max(place.clock.now, next_at)
    return True


def send_all(place: Place, daemon: Daemon) -> None:
    for _ in range(20_000):
        if not turn(place, daemon):
            return
    raise AssertionError("it comes to no end")


def metric(daemon: Daemon, name: str) -> float | None:
    return daemon.shared.metrics.registry.get_sample_value(f"trailwarden_{name}", {"destination": "security"})


def levels(slack: SlackServer) -> list[int]:
    """How grave each alert that was told is, in the order in which they came."""
    return [RANKS[post.text.partition(":")[0]] for post in slack.opens()]


def told_ids(slack: SlackServer) -> list[str]:
    return [str(post.alert_id) for post in slack.opens()]


def left(opened: dict[str, datetime], slack: SlackServer) -> dict[str, datetime]:
    """The alerts that no channel was told of yet."""
    told_of = set(told_ids(slack))
    return {each: at for each, at in opened.items() if each not in told_of}


def a_storm(place: Place, daemon: Daemon) -> None:
    """A thousand alerts of all levels within a minute, twenty in each of fifty accounts."""
    for second, level in enumerate(("low", "high", "medium", "critical")):
        place.clock.now += 5 * SECOND * (second > 0)
        deliver(place, daemon, *(f"{level}-{account}-{number}" for account in ACCOUNTS for number in range(5)))


def test_a_thousand_alerts_in_a_minute_come_one_a_second_the_gravest_first_and_none_twice(storm: Place) -> None:
    channels = {f"#{account}": f"C0{account}" for account in ACCOUNTS}
    match = "\n".join(f'  - {{match: {{account: "{each}"}}, to: security, channel: C0{each}}}' for each in ACCOUNTS)
    with SlackServer(channels=CHANNELS | channels) as slack, a_daemon(storm, slack, routes=f"routes:\n{match}") as one:
        a_storm(storm, one)
        opened = {alert.id: alert.opened_at for alert in one.shared.store.list_alerts(now=storm.clock(), limit=5_000)}
        assert (len(opened), metric(one, "outbox_pending")) == (1_000, 1_000)
        began, turns = storm.clock(), 0
        for number in range(1_000):  # in a storm Slack refuses every fifth
            slack.script("chat.postMessage", rate_limited("7") if number % 5 == 3 else None)
        while turn(storm, one):
            turns += 1
            if turns % 97 == 0 and (unsent := left(opened, slack)):
                assert metric(one, "outbox_oldest_timestamp_seconds") == min(unsent.values()).timestamp()
                assert metric(one, "outbox_pending") == len(unsent)
        assert Counter(told_ids(slack)) == Counter(list(opened))
        assert levels(slack) == sorted(levels(slack), reverse=True)
        assert len(slack.calls) == 1_000 + 200
        assert storm.clock() - began >= 1_000 * SECOND + 200 * 6 * SECOND  # a second a message, seven after a refusal
        assert metric(one, "outbox_oldest_timestamp_seconds") is None


def test_in_one_channel_the_same_storm_is_twenty_messages_and_a_summary(storm: Place) -> None:
    with SlackServer() as slack, a_daemon(storm, slack) as one:
        for second in range(10):
            storm.clock.now += 5 * SECOND * (second > 0)
            level = ("critical", "high")[second % 2]
            deliver(storm, one, *(f"{level}-{second}-{number}" for number in range(100)))
        slack.script("chat.postMessage", rate_limited("30"), rate_limited("30"))
        send_all(storm, one)
        *single, summary = slack.opens()
        assert len(single) == len(set(told_ids(slack)[:-1])) == 20
        assert "980" in summary.text
        states = Counter(each.state for each in deliveries(one, DeliveryKind.OPEN))
        assert states == {DeliveryState.SENT: 1_000}


def test_updates_and_replies_never_hold_an_alert_up(storm: Place) -> None:
    with SlackServer() as slack, a_daemon(storm, slack) as one:
        deliver(storm, one, *(f"high-{number}" for number in range(15)))
        send_all(storm, one)
        storm.clock.now += MINUTE
        deliver(storm, one, *(f"high-{number}" for number in range(15)), sourceIPAddress="198.51.100.9")
        storm.clock.now += MINUTE  # fifteen updates and fifteen replies are due by now
        deliver(storm, one, *(f"low-{number}" for number in range(10)))
        before = len(slack.calls)
        send_all(storm, one)
        order = [method if payload.get("thread_ts") is None else "reply" for method, payload in slack.calls[before:]]
        assert order[:10] == ["chat.postMessage"] * 10
        assert Counter(order[10:]) == {"chat.update": 15, "reply": 15}


def test_slack_away_for_an_hour_loses_nothing_and_doubles_nothing(storm: Place) -> None:
    with SlackServer() as slack, a_daemon(storm, slack) as one:
        deliver(storm, one, "high-known")
        send_all(storm, one)
        slack.stop()
        gone_at = storm.clock()
        for minute in range(60):
            storm.clock.now += MINUTE
            deliver(
                storm, one, "high-known", f"low-{minute}", f"critical-{minute}", sourceIPAddress=f"192.0.2.{minute}"
            )
            one.dispatcher.run_once()
        assert metric(one, "destination_paused") == 1
        assert (one.shared.health.missing(), one.shared.health.ailments()) == ([], [])
        assert metric(one, "outbox_oldest_timestamp_seconds") == (gone_at + MINUTE).timestamp()
        slack.start()
        send_all(storm, one)
        assert metric(one, "destination_paused") == 0
        assert metric(one, "outbox_oldest_timestamp_seconds") is None
        first, *others = slack.opens()
        assert Counter(told_ids(slack)) == Counter(alert.id for alert in alerts(one))
        order = [RANKS[post.text.partition(":")[0]] for post in others]
        assert Counter(order) == {RANKS["CRITICAL"]: 60, RANKS["LOW"]: 60}
        assert order[1:] == sorted(order[1:], reverse=True)  # the first was the probe, which may be any of them
        assert len(slack.changes) == len(slack.replies()) == 1  # one for sixty matches
        assert "61 events" in str(slack.shown(first.ts))
        assert told(storm).count("Destination security is paused: unreachable") == 1


def test_answers_that_get_lost_in_a_storm_repeat_only_their_own_messages(storm: Place) -> None:
    with SlackServer() as slack, a_daemon(storm, slack) as one:
        lost = Answer(hangs_up=True, is_accepted=True)
        slack.script("chat.postMessage", None, None, lost, lost)
        deliver(storm, one, *(f"high-{number}" for number in range(12)))
        send_all(storm, one)
        assert sorted(Counter(told_ids(slack)).values()) == [1] * 10 + [2] * 2


def alerts(one: Daemon) -> list[Any]:
    """Without what the daemon says of itself."""
    return list(one.shared.store.list_alerts(now=one.shared.clock(), limit=5_000))


def deliveries(one: Daemon, kind: DeliveryKind) -> list[Any]:
    found = one.shared.store.list_deliveries(limit=None)
    return [each for each in found if each.kind is kind and each.destination == "security"]
