"""What a message of a queue tells: its body in; keys, an event, or why it cannot be understood out.

S3 notifications, straight or through SNS (wrapped or raw), EventBridge, and CloudTrail's own SNS message, see
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from daemon.trail.keys import is_account

MOST_BYTES = 2 << 20  # SQS itself takes a megabyte
MOST_KEYS = 1_000  # AWS sends one or a few
_MOST_WRAPPINGS = 3
_MOST_KEY_CHARS = 1024
_LARGEST = 2**63 - 1
_VIA_CLOUDTRAIL = " via CloudTrail"
# CloudTrail sends this as plain text when a topic is set up.
_CLOUDTRAIL_TEST = "CloudTrail validation message."
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)
_KINDS = {"Insight": "CloudTrail-Insight", "NetworkActivity": "CloudTrail-NetworkActivity"}


class Way(StrEnum):
    """Who wrote a message."""

    S3 = "s3"
    EVENTBRIDGE = "eventbridge"
    CLOUDTRAIL = "cloudtrail"


class MessageReason(StrEnum):
    """Why a message, or a part of it, cannot be understood."""

    TOO_LARGE = "message_too_large"
    NOT_JSON = "message_not_json"
    UNKNOWN_SHAPE = "unknown_message"
    WRAPPED_TOO_OFTEN = "wrapped_too_often"
    UNCONFIRMED = "subscription_unconfirmed"
    BAD_ENTRY = "bad_entry"
    BAD_EVENT = "bad_event"
    NO_EVENT_ID = "no_event_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKey:
    """An object that a message says was written. What it does not say is None, or empty."""

    bucket: str
    key: str
    size: int | None = None
    etag: str = ""
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The objects that a message tells of. `account` is the envelope's, where it has one.

    `ignored` counts what it says besides and nobody needs to know: objects deleted, restored, tagged. `refused`:
    entries that cannot be understood, which never cost their siblings.
    """

    way: Way
    keys: tuple[ObjectKey, ...]
    account: str = ""
    ignored: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineEvent:
    """A message that is the event itself. `record` is its JSON as it came; `account` and `region` the envelope's.

    `recipient` is the account that the record names, empty where it names none.
    """

    record: bytes
    event_id: str
    account: str
    region: str
    recipient: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpMessage:
    """What AWS sends when a notification is set up: it only shows that the way is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing of the message can be understood."""

    reason: MessageReason


Opened = Keys | InlineEvent | SetUpMessage | Refused


def open_envelope(body: str) -> Opened:
    """Take the body of a message apart; never raises, whatever it is."""
    for _ in range(_MOST_WRAPPINGS):
        content = _decoded(body)
        if not isinstance(content, dict):
            return content
        if not _is_wrapped(content):
            return _unwrapped(content, body)
        body = content["Message"]
    return Refused(reason=MessageReason.WRAPPED_TOO_OFTEN)


def _decoded(body: str) -> dict[str, Any] | SetUpMessage | Refused:
    if body.strip() == _CLOUDTRAIL_TEST:
        return SetUpMessage()
    try:
        data = body.encode()
        if len(data) > MOST_BYTES:
            return Refused(reason=MessageReason.TOO_LARGE)
        content = msgspec.json.decode(data)
    except _REFUSALS:
        return Refused(reason=MessageReason.NOT_JSON)
    return content if isinstance(content, dict) else Refused(reason=MessageReason.UNKNOWN_SHAPE)


def _is_wrapped(content: Mapping[str, Any]) -> bool:
    """Whether it is SNS's envelope around another message."""
    return content.get("Type") == "Notification" and "TopicArn" in content and isinstance(content.get("Message"), str)


def _unwrapped(content: Mapping[str, Any], body: str) -> Opened:
    if isinstance(content.get("Records"), list):
        return _s3_keys(content["Records"])
    if "s3Bucket" in content:
        return _cloudtrail_keys(content)
    if isinstance(content.get("detail-type"), str):
        return _bridge_event(content, body)
    if content.get("Event") == "s3:TestEvent":
        return SetUpMessage()
    if content.get("Type") == "SubscriptionConfirmation":
        return Refused(reason=MessageReason.UNCONFIRMED)
    return Refused(reason=MessageReason.UNKNOWN_SHAPE)


@dataclass(slots=True, kw_only=True)
class _Sheet:
    keys: list[ObjectKey] = field(default_factory=list)
    ignored: int = 0
    refused: int = 0

    def close(self, way: Way, *, account: str = "") -> Keys:
        return Keys(way=way, keys=tuple(self.keys), account=account, ignored=self.ignored, refused=self.refused)


def _s3_keys(records: list[Any]) -> Keys:
    sheet = _Sheet()
    for record in records:
        name = _text(record, "eventName").removeprefix("s3:")
        if _text(record, "eventSource") != "aws:s3" or not name:
            sheet.refused += 1
        elif not name.startswith("ObjectCreated:"):
            sheet.ignored += 1
        else:
            _take(sheet, _s3_key(record))
    return sheet.close(Way.S3)


def _s3_key(record: Mapping[str, Any]) -> ObjectKey | None:
    told = _mapping(record, "s3")
    stored = _mapping(told, "object")
    return _key(
        bucket=_text(_mapping(told, "bucket"), "name"),
        key=unquote_plus(_text(stored, "key")),
        stored=stored,
        at=_text(record, "eventTime"),
    )


def _cloudtrail_keys(content: Mapping[str, Any]) -> Keys:
    sheet, bucket, keys = _Sheet(), _text(content, "s3Bucket"), content.get("s3ObjectKey")
    for key in keys if isinstance(keys, list) else [keys]:
        _take(sheet, _key(bucket=bucket, key=key, stored={}) if isinstance(key, str) else None)
    return sheet.close(Way.CLOUDTRAIL)


def _bridge_event(content: Mapping[str, Any], body: str) -> Opened:
    kind, account = content["detail-type"], _text(content, "account")
    if kind.endswith(_VIA_CLOUDTRAIL):
        return _inline_event(content, body)
    if _text(content, "source") != "aws.s3":
        return Refused(reason=MessageReason.UNKNOWN_SHAPE)
    sheet = _Sheet()
    if kind != "Object Created":
        sheet.ignored += 1
        return sheet.close(Way.EVENTBRIDGE, account=account)
    detail = _mapping(content, "detail")
    stored = _mapping(detail, "object")
    _take(
        sheet,
        _key(
            bucket=_text(_mapping(detail, "bucket"), "name"),
            key=_text(stored, "key"),  # unlike in S3's own notifications it is not encoded
            stored=stored,
            at=_text(content, "time"),
        ),
    )
    return sheet.close(Way.EVENTBRIDGE, account=account)


class _Detail(msgspec.Struct):
    detail: msgspec.Raw


def _inline_event(content: Mapping[str, Any], body: str) -> InlineEvent | Refused:
    record, account = content.get("detail"), _text(content, "account")
    if not isinstance(record, dict) or not _text(record, "eventName") or not is_account(account):
        return Refused(reason=MessageReason.BAD_EVENT)
    event_id = _text(record, "eventID")
    if not event_id:  # without one it could not be recognised when it comes from the trail
        return Refused(reason=MessageReason.NO_EVENT_ID)
    return InlineEvent(
        record=bytes(msgspec.json.decode(body.encode(), type=_Detail).detail),
        event_id=event_id,
        account=account,
        region=_text(content, "region"),
        recipient=_text(record, "recipientAccountId"),
        kind=_KINDS.get(_text(record, "eventCategory"), "CloudTrail"),
    )


def _take(sheet: _Sheet, key: ObjectKey | None) -> None:
    if key is None or len(sheet.keys) >= MOST_KEYS:
        sheet.refused += 1
    else:
        sheet.keys.append(key)


def _key(*, bucket: str, key: str, stored: Mapping[str, Any], at: str = "") -> ObjectKey | None:
    """None where there can be no such object."""
    if not (bucket and key) or len(key) > _MOST_KEY_CHARS or "\0" in key:
        return None
    size = stored.get("size")
    is_size = isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= _LARGEST
    etag = _text(stored, "eTag") or _text(stored, "etag")
    return ObjectKey(
        bucket=bucket,
        key=key,
        size=size if is_size else None,
        etag=etag.strip('"')[:_MOST_KEY_CHARS].replace("\0", ""),
        written_at=_moment(at),
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _text(value: object, name: str) -> str:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, str) else ""
