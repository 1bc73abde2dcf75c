"""Nothing that an attacker chooses may be more than text: not for Slack, and not for a terminal."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from daemon.model import Alert, DeliveryKind
from daemon.notify.compose import compose
from daemon.notify.console import ConsoleNotifier
from daemon.notify.slack import plain_payload, rich_payload
from tests.doubles.alerts import a_parcel, a_record, a_sample, an_alert
from tests.doubles.slack_limits import refusal

HOSTILE = {
    "channel mention": "<!channel>",
    "everyone mention": "<!everyone|hi>",
    "user mention": "<@U123ABC>",
    "subteam mention": "<!subteam^S123>",
    "labelled link": "<https://evil.example.com|Open in CloudTrail>",
    "bare link": "https://evil.example.com/x",
    "date": "<!date^1392734382^{date}|x>",
    "entities": "&lt;!channel&gt;",
    "back-ticks": "```\n*bold* `code`",
    "markup": "*bold* _it_ ~no~ :rotating_light:",
    "bidi override": "\u202egnp.exe\u2066x\u2069",
    "zero width": "al\u200bi\u200dce\ufeff",
    "controls": "a\x00b\x07c\x08d\x7fe\x85f\u2028g",
    "colour escape": "\x1b[31mred\x1b[0m",
    "title escape": "\x1b]0;owned\x07",
    "C1 escape": "\x9b2J\x9d0;x\x9c",
    "carriage return": "good\rbad",
    "fake line": "x\n HIGH  fake alert\n  who  nobody",
    "long": "A" * 100_000,
    "long specials": "<&>" * 33_000,
    "JSON": '"}],"channel":"C0OTHER"}',
    "template": "{actor} %s ${jndi:ldap://x}",
    "lone surrogate": "\ud800x",
    "empty": "",
    "spaces": "   ",
}
FIELDS = (
    "userAgent",
    "sourceIPAddress",
    "errorMessage",
    "errorCode",
    "eventName",
    "eventSource",
    "awsRegion",
    "eventID",
)
FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def hostile_alert(value: str) -> Alert:
    """An alert in which everything that a caller can choose is this."""
    record = a_record(
        **dict.fromkeys(FIELDS, value),
        requestParameters={"groupName": value, value: value},
        recipientAccountId=value,
        userIdentity={"type": "IAMUser", "userName": value, "arn": value, "accessKeyId": value, "principalId": value},
    )
    sample = a_sample(
        record,
        fields=(("requestParameters.groupName", value), (value, value)),
        object_url=f"s3://trail/{value}",
        summary=f"somebody deleted {value}",
    )
    return an_alert(samples=(sample,), group=(("requestParameters.groupName", value), (value, value)))


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def value(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def payloads(value: str) -> Iterator[dict[str, Any]]:
    alert = hostile_alert(value)
    kinds = ((DeliveryKind.OPEN, "matched"), (DeliveryKind.DETAILS, "matched"), (DeliveryKind.DETAILS, "full"))
    notice = an_alert(rule_id="notice:quarantine", title=value, samples=(a_sample(summary=value),))
    parcels = [(a_parcel(alert, kind=kind), details) for kind, details in kinds]
    parcels += [(a_parcel(alert, alert, kind=DeliveryKind.SUMMARY), "matched"), (a_parcel(notice), "matched")]
    for parcel, details in parcels:
        message = compose(parcel, details=details)  # type: ignore[arg-type]
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


@pytest.mark.parametrize("is_terminal", [True, False])
@pytest.mark.parametrize("kind", [DeliveryKind.OPEN, DeliveryKind.DETAILS, DeliveryKind.SUMMARY])
def test_a_terminal_shows_it_and_obeys_nothing_in_it(value: str, is_terminal: bool, kind: DeliveryKind) -> None:
    stream = io.StringIO()
    ConsoleNotifier(name="terminal", stream=stream, is_terminal=is_terminal).send(
        a_parcel(hostile_alert(value), kind=kind)
    )
    written = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()) if is_terminal else stream.getvalue()
    assert FORBIDDEN.search(written) is None
    assert len(written) < 20_000
    assert not any(line.startswith(" HIGH  fake") for line in written.splitlines())


def test_a_terminal_gets_no_colour_that_the_event_chose() -> None:
    stream = io.StringIO()
    ConsoleNotifier(name="t", stream=stream, is_terminal=True).send(a_parcel(hostile_alert(HOSTILE["colour escape"])))
    assert "\x1b[31mred" not in stream.getvalue()
    assert "[31mred" in stream.getvalue()
