"""A route's channel and mentions through the real client; a channel that refuses holds up nothing and costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.model import DeliveryKind, Pause, Sent
from daemon.notify.slack import SlackNotifier
from tests.doubles.alerts import a_parcel
from tests.doubles.slack import CHANNELS, TOKEN, SlackServer, error

OWN, OTHER = sorted(CHANNELS, key=lambda name: name != "#security-alerts")[:2]


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def notifier(slack: SlackServer) -> SlackNotifier:
    return SlackNotifier(name="security", token=lambda: TOKEN, channel=OWN, api_url=slack.api_url, timeout_s=5)


def test_an_alert_goes_into_the_channel_of_its_route_and_its_details_follow_it(
    slack: SlackServer, notifier: SlackNotifier
) -> None:
    opened = notifier.send(a_parcel(channel=OTHER))
    assert isinstance(opened, Sent)
    notifier.send(a_parcel(kind=DeliveryKind.DETAILS, parent_ref=opened.remote_ref))
    assert [post.channel for post in slack.posts] == [CHANNELS[OTHER]] * 2


def test_a_mention_arrives_as_slack_acts_on_it(slack: SlackServer, notifier: SlackNotifier) -> None:
    notifier.send(a_parcel(mentions=("S0ONCALL00",)))
    (post,) = slack.posts
    assert post.text.startswith("<!subteam^S0ONCALL00> HIGH: ")
    assert post.payload["blocks"][0]["elements"][0]["elements"] == [{"type": "usergroup", "usergroup_id": "S0ONCALL00"}]


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived"])
def test_a_routes_channel_that_refuses_sends_the_message_to_the_own_channel(
    slack: SlackServer, notifier: SlackNotifier, code: str
) -> None:
    slack.script("chat.postMessage", error(code))
    outcome = notifier.send(a_parcel(channel=OTHER, mentions=("S0ONCALL00",)))
    (post,) = slack.posts
    assert isinstance(outcome, Sent)
    assert post.channel == CHANNELS[OWN]
    assert f"Meant for {OTHER}, where it could not be posted: {code}" in str(post.payload["blocks"])
    assert post.text.startswith("<!subteam^S0ONCALL00>")


def test_when_both_refuse_the_destination_pauses_as_ever(slack: SlackServer, notifier: SlackNotifier) -> None:
    slack.members.clear()
    assert isinstance(notifier.send(a_parcel(channel=OTHER)), Pause)
    assert len(slack.calls) == 2


def test_a_fault_of_the_token_is_not_blamed_on_the_channel(slack: SlackServer, notifier: SlackNotifier) -> None:
    slack.tokens.clear()
    assert isinstance(notifier.send(a_parcel(channel=OTHER)), Pause)
    assert len(slack.calls) == 1
