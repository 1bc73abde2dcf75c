"""Mentions come from the configuration alone, in blocks and text; whatever an event says stays text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from daemon.model import Delivery, DeliveryKind, DeliveryState, Gathering, Level
from daemon.notify.compose import compose
from daemon.notify.message import Message, redirected
from daemon.ports import Parcel
from tests.doubles.alerts import a_sample, an_alert

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "<!channel> <@U0123456789> <!subteam^S0123456789> @here"


def delivery(*mentions: str, kind: DeliveryKind = DeliveryKind.OPEN, channel: str | None = None) -> Delivery:
    return Delivery(
        id=1,
        alert_id="alert-1",
        destination="security",
        kind=kind,
        seq=0,
        level=Level.HIGH,
        attempts=0,
        created_at=NOON,
        due_at=NOON,
        state=DeliveryState.DUE,
        mentions=mentions,
        channel=channel,
    )


def told(owed: Delivery, *, summary: str = "alice did it") -> Message:
    alert = an_alert(samples=(a_sample(summary=summary),))
    message = compose(Parcel(delivery=owed, alerts=(alert,)), details="matched")
    assert message is not None
    return message


@pytest.mark.parametrize(
    ("mention", "element", "sequence"),
    [
        ("S0ONCALL00", {"type": "usergroup", "usergroup_id": "S0ONCALL00"}, "<!subteam^S0ONCALL00>"),
        ("U0ALICE000", {"type": "user", "user_id": "U0ALICE000"}, "<@U0ALICE000>"),
        ("W0ALICE000", {"type": "user", "user_id": "W0ALICE000"}, "<@W0ALICE000>"),
        ("here", {"type": "broadcast", "range": "here"}, "<!here>"),
        ("channel", {"type": "broadcast", "range": "channel"}, "<!channel>"),
    ],
)
def test_a_mention_stands_in_a_block_and_in_every_text(mention: str, element: dict[str, str], sequence: str) -> None:
    message = told(delivery(mention))
    (section,) = message.headline[0]["elements"]
    assert section["elements"] == [element]
    assert all(text.startswith(sequence) for text in (message.text, message.plain, message.bare))


def test_a_summary_mentions_too() -> None:
    summary = replace(delivery("S0ONCALL00", kind=DeliveryKind.SUMMARY), gathers=Gathering.BACKLOG)
    assert told(summary).text.startswith("<!subteam^S0ONCALL00> 1 late alert: 1 high")
    quiet = replace(summary, gathers=Gathering.QUIET, mentions=())
    assert told(quiet).text == "1 alert in quiet hours: 1 high"


def test_what_is_no_id_of_slacks_mentions_nobody() -> None:
    plain = told(delivery())
    assert told(delivery("everyone", "s0oncall00", "U0<!here>", "")) == plain


def test_what_an_event_says_mentions_nobody_beside_a_mention() -> None:
    message = told(delivery("S0ONCALL00"), summary=HOSTILE)
    for text in (message.text, message.plain):
        assert text.count("<") == 1
    assert "usergroup" not in str(message.headline[1:]) + str(message.body)
    assert "broadcast" not in str(message.headline[1:]) + str(message.body)


def test_a_message_that_a_routes_channel_would_not_take_says_where_it_was_meant_to_go() -> None:
    owed = delivery(channel="#pay<!here>")
    message = redirected(told(owed), owed, why="not_in_channel")
    assert "Meant for #pay&lt;!here&gt;, where it could not be posted: not_in_channel" in message.plain
    assert "Meant for #pay" in str(message.headline[-1])
