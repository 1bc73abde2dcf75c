"""Nothing that an attacker chooses is more than text in any other destination either."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from daemon.notify.by_apprise import apprise_forms
from daemon.notify.pagerduty_event import bare_event_of, event_of
from daemon.notify.payload import MAX_BYTES, bare_payload, encoded, payload
from daemon.notify.plain import plain_text
from daemon.notify.slack_webhook import webhook_message, webhook_payloads
from daemon.notify.sns import sns_requests
from tests.doubles.alerts import a_parcel
from tests.doubles.hostile import FORBIDDEN, HOSTILE, hostile_alert, hostile_kinds
from tests.doubles.slack_limits import refusal
from tests.doubles.webhook_schema import check_payload
from tests.unit.notify.test_injection import elements, strings

_LINK = re.compile(r"(?i)https?://evil|ldap://|www\.")


@pytest.fixture(params=list(HOSTILE.values()), ids=list(HOSTILE))
def value(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_webhook_gets_clean_ascii_by_the_schema(value: str) -> None:
    for parcel in hostile_kinds(value):
        for details in ("matched", "full", "none"):
            told = payload(parcel, details=details)
            if told is None:
                continue
            body = encoded(told)
            assert len(body) <= MAX_BYTES
            assert body.isascii()
            check_payload(json.loads(body))
            assert not any(FORBIDDEN.search(text) for text in strings(told))
            check_payload(bare_payload(parcel))


def test_mail_by_sns_holds_no_link_and_no_line_of_its_own(value: str) -> None:
    for parcel in hostile_kinds(value):
        for request in sns_requests(parcel, topic_arn="arn", is_json=False):
            message, subject = request["Message"], request["Subject"]
            assert _LINK.search(message + subject) is None
            assert FORBIDDEN.search(message) is None
            assert subject.isascii()
            assert subject.isprintable()
            assert 0 < len(subject) <= 100
            assert not any(line.startswith((" HIGH  fake", "who  nobody")) for line in message.splitlines())
            assert all(each["StringValue"] for each in request.get("MessageAttributes", {}).values())
            assert len(message) < 60_000  # a digest of much; SNS takes 262,144


def test_a_subject_holds_no_word_of_an_event() -> None:
    text = plain_text(a_parcel(hostile_alert("SECRETWORD")))
    assert text is not None
    assert "SECRETWORD" not in text.subject + text.bare


def test_apprise_is_given_no_mention_link_or_code(value: str) -> None:
    for parcel in hostile_kinds(value):
        text = plain_text(parcel)
        if text is None:
            continue
        for title, body in apprise_forms(text):
            assert re.search("[@<>`]", title + body) is None
            assert _LINK.search(title + body) is None


def test_pagerduty_gets_plain_fields_within_its_limits(value: str) -> None:
    for parcel in hostile_kinds(value):
        for event in (event_of(parcel), bare_event_of(parcel)):
            if event is None or "payload" not in event:
                assert event is None or event.keys() == {"event_action", "dedup_key"}
                continue
            assert len(event["payload"]["summary"]) <= 1_024
            assert len(event["dedup_key"]) <= 255
            assert len(json.dumps(event)) < 512_000
            assert not any(FORBIDDEN.search(text) for text in strings(event))
            assert not any(_LINK.search(text) for text in strings(event.get("payload")))
            assert not any("evil" in link["href"] for link in event.get("links", []))


def test_a_slack_webhook_gets_nothing_to_parse(value: str) -> None:
    for parcel in hostile_kinds(value):
        message = webhook_message(parcel)
        for form in webhook_payloads(message) if message else ():
            assert refusal({"channel": "C0", **form}) is None
            assert re.search(r"<|>|https?://evil", form["text"]) is None
            kinds = {element.get("type") for element in elements([form.get("blocks"), form.get("attachments")])}
            assert not kinds & {"mrkdwn", "user", "usergroup", "broadcast", "channel", "emoji", "image"}


def test_secrets_of_a_record_are_masked_before_any_destination_sees_them() -> None:
    from tests.golden.cases import cases

    told: list[Any] = [payload(parcel, details="full") for parcel in cases().values()]
    assert "must-not-be-seen" not in json.dumps(told)
