"""Nothing that an attacker chooses may be more than text: not for Slack, and not for a terminal."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from daemon.model import DeliveryKind
from daemon.model.daily import digest_in
from daemon.notify.compose import Details, compose
from daemon.notify.console import ConsoleNotifier
from daemon.notify.dialog import mute_dialog
from daemon.notify.slack import plain_payload, rich_payload
from tests.doubles.alerts import a_parcel
from tests.doubles.hostile import FORBIDDEN, HOSTILE, hostile_alert, hostile_alerts, hostile_parcels
from tests.doubles.slack_limits import refusal, view_refusal

LABELS = {"Acknowledge", "Mute…", "Expected", "Not expected", "Confirm this mute", "End this mute"}


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def value(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def payloads(value: str) -> Iterator[dict[str, Any]]:
    for parcel in hostile_parcels(value):
        wanted: tuple[Details, ...] = (
            ("matched", "full") if parcel.delivery.kind is DeliveryKind.DETAILS else ("matched",)
        )
        for details in wanted:
            message = compose(parcel, details=details, permalink="https://example.slack.com/x", has_buttons=True)
            assert message is not None
            yield rich_payload(message)
            yield plain_payload(message)
            yield plain_payload(message) | {"text": message.bare}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def elements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from elements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from elements(inner)


def test_slack_takes_the_message_and_finds_nothing_to_parse_in_it(value: str) -> None:
    for payload in payloads(value):
        assert refusal(payload) is None
        assert re.search(r"<|>|https?://evil", payload["text"]) is None
        for element in elements([payload.get("blocks"), payload.get("attachments")]):
            assert element.get("type") not in {"mrkdwn", "user", "usergroup", "broadcast", "channel", "emoji", "image"}
            if element.get("type") == "plain_text":
                assert re.search("[<>]", element["text"]) is None
            if element.get("type") == "link":
                assert "evil" not in element["url"]


def test_no_control_or_bidirectional_character_reaches_slack(value: str) -> None:
    for payload in payloads(value):
        for text in strings(payload):
            assert FORBIDDEN.search(text) is None
        json.dumps(payload, ensure_ascii=False).encode()


def test_nothing_is_unfolded_and_no_names_are_linked(value: str) -> None:
    for payload in payloads(value):
        assert (payload["unfurl_links"], payload["unfurl_media"], payload["link_names"]) == (False, False, False)


def test_every_kind_of_delivery_is_among_them() -> None:
    assert {parcel.delivery.kind for parcel in hostile_parcels("x")} == set(DeliveryKind)


def test_a_button_carries_nothing_of_an_event(value: str) -> None:
    for payload in payloads(value):
        for element in elements([payload.get("blocks"), payload.get("attachments")]):
            if element.get("type") == "button":
                assert re.fullmatch(r"security (alert-1|3)", element["value"])
                assert element["text"]["text"] in LABELS


def test_a_dialog_shows_it_as_plain_text(value: str) -> None:
    for alert in hostile_alerts(value):
        view = mute_dialog(alert, destination="security", channel="C0SECURITY")
        assert view_refusal({"trigger_id": "x", "view": view}) is None
        assert {element.get("type") for element in elements(view)}.isdisjoint({"mrkdwn", "image", "rich_text"})
        assert not any(FORBIDDEN.search(text) for text in strings(view))


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_shows_it_and_obeys_nothing_in_it(value: str, is_terminal: bool) -> None:
    for parcel in hostile_parcels(value):
        stream = io.StringIO()
        ConsoleNotifier(name="terminal", stream=stream, is_terminal=is_terminal).send(parcel)
        written = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()) if is_terminal else stream.getvalue()
        assert FORBIDDEN.search(written) is None
        most = 20_000 if digest_in(parcel.alerts[0]) is None else 80_000  # which has a hundred lines and more
        assert len(written) < most
        assert not any(line.startswith((" HIGH  fake", "Bcc:")) for line in written.splitlines())
        written.encode()


def test_a_terminal_gets_no_colour_that_the_event_chose() -> None:
    stream = io.StringIO()
    ConsoleNotifier(name="t", stream=stream, is_terminal=True).send(a_parcel(hostile_alert(HOSTILE["colour escape"])))
    assert "\x1b[31mred" not in stream.getvalue()
    assert "[31mred" in stream.getvalue()
