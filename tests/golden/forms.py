"""What becomes of a delivery in each destination: the contents of the golden files beside this module."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from daemon.notify.by_apprise import apprise_forms
from daemon.notify.compose import compose
from daemon.notify.console import ConsoleNotifier
from daemon.notify.pagerduty_event import event_of
from daemon.notify.payload import payload
from daemon.notify.plain import plain_text
from daemon.notify.slack import rich_payload
from daemon.notify.slack_webhook import webhook_message, webhook_payloads
from daemon.notify.sns import sns_requests
from daemon.ports import Parcel


def console_text(parcel: Parcel) -> str:
    """What the console destination writes where there is no terminal."""
    stream = io.StringIO()
    ConsoleNotifier(name="terminal", stream=stream).send(parcel)
    return stream.getvalue()


def slack_text(name: str, parcel: Parcel) -> str:
    """What is posted to Slack, as indented JSON."""
    permalink = "https://example.slack.com/archives/C0/p10" if parcel.previous else None
    message = compose(parcel, details="full" if "full" in name else "matched", permalink=permalink)
    return json.dumps(rich_payload(message), indent=1, ensure_ascii=False) + "\n" if message else ""


def webhook_text(name: str, parcel: Parcel) -> str:
    """What a webhook is sent, as indented JSON."""
    return _indented(payload(parcel, details="full" if "full" in name else "matched"))


def slack_webhook_text(parcel: Parcel) -> str:
    """What is posted to an incoming webhook, as indented JSON."""
    message = webhook_message(parcel)
    return _indented(webhook_payloads(message)[0] if message else None)


def sns_text(parcel: Parcel) -> str:
    """What is published to a topic, as indented JSON."""
    requests = sns_requests(parcel, topic_arn="arn:aws:sns:eu-west-1:111122223333:security-alerts", is_json=False)
    return _indented(requests[0] if requests else None)


def pagerduty_text(parcel: Parcel) -> str:
    """The event that PagerDuty is sent, without its routing key, as indented JSON."""
    return _indented(event_of(parcel))


def apprise_text(parcel: Parcel) -> str:
    """What Apprise is given: the title, and below an empty line the text."""
    text = plain_text(parcel)
    return "{}\n\n{}".format(*apprise_forms(text)[0]) if text else ""


# Files by their ending, and how each is made; what is empty has no file.
MADE: dict[str, Callable[[str, Parcel], str]] = {
    "slack.json": slack_text,
    "console.txt": lambda name, parcel: console_text(parcel),
    "webhook.json": webhook_text,
    "slack_webhook.json": lambda name, parcel: slack_webhook_text(parcel),
    "sns.json": lambda name, parcel: sns_text(parcel),
    "pagerduty.json": lambda name, parcel: pagerduty_text(parcel),
    "apprise.txt": lambda name, parcel: apprise_text(parcel),
}


def _indented(told: object) -> str:
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n" if told else ""
