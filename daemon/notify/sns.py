"""An Amazon SNS topic as a destination: text for people, or the webhook's JSON, with attributes to filter by.

boto3's own retrying is off, so that a lost answer does not publish twice; a FIFO topic drops repeats by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from daemon.model import Alert, DeliveryKind, Pause, SendOutcome, Sent
from daemon.notify.forms import send_forms
from daemon.notify.keys import delivery_key
from daemon.notify.payload import bare_payload, encoded, payload
from daemon.notify.plain import plain_text
from daemon.notify.sns_faults import CREDENTIALS, outcome_of_fault
from daemon.ports import Parcel
from daemon.trail.printable import printable

MAX_BYTES = 240_000  # SNS counts 262,144, attributes included
_SUBJECT = 100


class SnsClient(Protocol):
    """The part of boto3's client that is used."""

    def publish(self, **request: Any) -> Mapping[str, Any]:
        """Hand a message to a topic."""

    def get_topic_attributes(self, *, TopicArn: str) -> Mapping[str, Any]:  # noqa: N803 — AWS's name
        """What a topic is like."""


class SnsNotifier:
    """Publishes to one topic. The client is opened when it is first needed, and anew after refused credentials."""

    def __init__(
        self, *, name: str, topic_arn: str, open_client: Callable[[], SnsClient], is_json: bool = False
    ) -> None:
        self._name = name
        self._topic_arn = topic_arn
        self._open_client = open_client
        self._is_json = is_json
        self._client: SnsClient | None = None

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Publish once; after a refusal of the content once more without a word of the event."""
        forms = sns_requests(parcel, topic_arn=self._topic_arn, is_json=self._is_json)
        return send_forms(forms, parcel.delivery, self._publish) if forms else Sent()

    def _publish(self, request: Mapping[str, Any]) -> SendOutcome:
        try:
            self._client = self._client or self._open_client()
            answer = self._client.publish(**request)
        except (ClientError, BotoCoreError, ResponseParserError, OSError, ValueError) as fault:
            return self._after(outcome_of_fault(fault))
        return Sent(remote_ref=str(answer.get("MessageId") or "") or None)

    def _after(self, outcome: SendOutcome) -> SendOutcome:
        """Forget a client whose credentials were refused: it would keep them."""
        if isinstance(outcome, Pause) and outcome.reason == CREDENTIALS:
            self._client = None
        return outcome


def sns_requests(parcel: Parcel, *, topic_arn: str, is_json: bool) -> tuple[dict[str, Any], ...]:
    """What is published, and its plainer form; empty for a delivery that says nothing here."""
    text = plain_text(parcel)
    if text is None:
        return ()
    shared = {"TopicArn": topic_arn, "Subject": subject_line(text.subject), **_once(parcel, topic_arn)}
    one = {} if parcel.delivery.kind is DeliveryKind.SUMMARY else _told(parcel.alerts[0])  # else of one among many
    attributes = {"MessageAttributes": _attributes(one | _ours(parcel))}
    # Not without any: a filter policy would keep it from whoever is to act.
    ours = {"MessageAttributes": _attributes(_ours(parcel))}
    told = payload(parcel, details="matched") if is_json else None
    if told is not None:
        bare = encoded(bare_payload(parcel)).decode("ascii")
        return {**shared, **attributes, "Message": encoded(told).decode("ascii")}, {**shared, **ours, "Message": bare}
    body = text.body.encode()[:MAX_BYTES].decode("utf-8", "ignore")
    return {**shared, **attributes, "Message": body}, {**shared, **ours, "Message": text.bare}


def subject_line(subject: str) -> str:
    """What SNS takes as a subject: ASCII on one line, 100 characters at most, no space at its beginning."""
    shown = printable(subject, limit=400).encode("ascii", "replace").decode("ascii")
    return shown[:_SUBJECT].strip()


def _once(parcel: Parcel, topic_arn: str) -> dict[str, str]:
    if not topic_arn.endswith(".fifo"):
        return {}
    return {
        "MessageGroupId": hashlib.sha256(parcel.delivery.alert_id.encode()).hexdigest(),
        "MessageDeduplicationId": hashlib.sha256(delivery_key(parcel.delivery).encode()).hexdigest(),
    }


def _attributes(told: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a filter policy may ask for; SNS refuses an attribute that is empty."""
    return {
        name: {"DataType": "String", "StringValue": shown}
        for name, value in told.items()
        if (shown := printable(value, limit=256).strip())
    }


def _ours(parcel: Parcel) -> dict[str, str]:
    """Without a word of the event."""
    return {"kind": parcel.delivery.kind.value, "level": parcel.delivery.level.value}


def _told(alert: Alert) -> dict[str, str]:
    sample = alert.samples[0] if alert.samples and not alert.is_notice else None
    place = {"account": sample.account, "region": sample.region} if sample else {}
    return {"alert_id": alert.id, "rule_id": alert.rule_id, **place}
