"""Why a message comes where it comes is said in every destination's own form."""

from __future__ import annotations

import json

import pytest

from daemon.model import DeliveryKind
from daemon.notify.compose import compose
from daemon.notify.console import parcel_lines
from daemon.notify.pagerduty_event import bare_event_of, event_of
from daemon.notify.payload import bare_payload, payload
from daemon.notify.plain import plain_text
from daemon.notify.remarks import remarks_of
from tests.doubles.alerts import a_delivery, a_parcel

UNANSWERED = "Nobody has acknowledged this for 30 min."
INSTEAD = "Meant for security, which was paused: so it comes here too."
BOTH = {"instead_of": "security", "unanswered_s": 1800}


def test_most_messages_have_none() -> None:
    assert remarks_of(a_delivery()) == ()
    assert remarks_of(a_delivery(kind=DeliveryKind.REPLY, **BOTH)) == ()


def test_there_is_a_sentence_for_each_reason() -> None:
    assert remarks_of(a_delivery(**BOTH)) == (UNANSWERED, INSTEAD)
    assert remarks_of(a_delivery(kind=DeliveryKind.SUMMARY, unanswered_s=7200)) == (
        "Nobody has acknowledged some of these for 2 h.",
    )


@pytest.mark.parametrize("kind", [DeliveryKind.OPEN, DeliveryKind.SUMMARY, DeliveryKind.UPDATE, DeliveryKind.BROADCAST])
def test_slack_says_it_in_every_form(kind: DeliveryKind) -> None:
    message = compose(a_parcel(kind=kind, instead_of="security"), details="none")
    assert message is not None
    assert all(INSTEAD in told for told in (message.text, message.plain, message.bare, json.dumps(message.headline)))


def test_plain_text_and_the_terminal_say_it_first() -> None:
    text = plain_text(a_parcel(**BOTH))
    assert text is not None
    assert text.body.splitlines()[:2] == text.bare.splitlines()[:2] == [UNANSWERED, INSTEAD]
    first, second, *_ = (str(line) for line in parcel_lines(a_parcel(**BOTH)))
    assert (UNANSWERED in first, INSTEAD in second) == (True, True)


def test_a_webhook_and_an_incident_hold_it() -> None:
    told = payload(a_parcel(**BOTH), details="none")
    assert told is not None
    assert told["remarks"] == bare_payload(a_parcel(**BOTH))["remarks"] == [UNANSWERED, INSTEAD]
    event = event_of(a_parcel(**BOTH))
    assert event is not None
    assert event["payload"]["custom_details"]["remarks"] == [UNANSWERED, INSTEAD]
    assert "remarks" not in str(event_of(a_parcel()))
    assert bare_event_of(a_parcel(**BOTH)) is not None
