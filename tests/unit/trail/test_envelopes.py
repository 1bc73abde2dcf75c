"""Bodies of messages: every shape that AWS sends, and that nothing which anybody sends is ever raised about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.trail.envelopes import (
    InlineEvent,
    Keys,
    MessageReason,
    ObjectKey,
    Opened,
    Refused,
    SetUpMessage,
    Way,
    open_envelope,
)
from tests.doubles.queues import event, notification, via_cloudtrail

KEY = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/01/a b+c.json.gz"
CREATED = {
    "version": "0",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "account": "444455556666",
    "time": "2026-03-01T10:00:00Z",
    "region": "eu-west-1",
    "detail": {
        "bucket": {"name": "trail"},
        "object": {"key": KEY, "size": 5, "etag": "abc", "version-id": "v1"},
        "requester": "cloudtrail.amazonaws.com",
    },
}
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def opened(content: Any) -> Opened:
    return open_envelope(content if isinstance(content, str) else json.dumps(content))


def sns(message: Any, **changes: Any) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": text, **changes}


def test_the_key_of_an_s3_notification_is_decoded() -> None:
    assert opened(notification("trail", quote_plus(KEY))) == Keys(
        way=Way.S3, keys=(ObjectKey(bucket="trail", key=KEY, size=123, etag="abc", written_at=NOON),)
    )


def test_the_key_of_an_eventbridge_event_is_taken_as_it_is() -> None:
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    key = ObjectKey(bucket="trail", key=KEY, size=5, etag="abc", written_at=at)
    assert opened(CREATED) == Keys(way=Way.EVENTBRIDGE, keys=(key,), account="444455556666")


def test_cloudtrails_own_message_holds_several_keys() -> None:
    told = {"s3Bucket": "trail", "s3ObjectKey": ["a", KEY]}
    keys = (ObjectKey(bucket="trail", key="a"), ObjectKey(bucket="trail", key=KEY))
    assert opened(told) == Keys(way=Way.CLOUDTRAIL, keys=keys)
    assert opened(told | {"s3ObjectKey": "a"}) == Keys(way=Way.CLOUDTRAIL, keys=keys[:1])


@pytest.mark.parametrize(
    "content",
    [notification("trail", "a"), CREATED, {"s3Bucket": "b", "s3ObjectKey": ["a"]}, via_cloudtrail(event(1))],
    ids=["s3", "eventbridge", "cloudtrail", "event"],
)
def test_a_message_wrapped_by_sns_says_the_same(content: dict[str, Any]) -> None:
    assert opened(sns(content)) == opened(sns(sns(content))) == opened(content)


def test_an_event_keeps_its_bytes() -> None:
    told = opened(
        '{"detail-type":"AWS Console Sign In via CloudTrail","account":"111122223333","region":"us-east-1",'
        '"detail": {"eventName" : "ConsoleLogin", "eventID":"e1","big": 1.50}}'
    )
    assert told == InlineEvent(
        record=b'{"eventName" : "ConsoleLogin", "eventID":"e1","big": 1.50}',
        event_id="e1",
        account="111122223333",
        region="us-east-1",
        recipient="",
        kind="CloudTrail",
    )


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Management", "CloudTrail"),
        ("Insight", "CloudTrail-Insight"),
        ("NetworkActivity", "CloudTrail-NetworkActivity"),
    ],
)
def test_the_kind_of_an_event_is_its_categorys(category: str, kind: str) -> None:
    told = opened(via_cloudtrail(event(1, eventCategory=category)))
    assert isinstance(told, InlineEvent)
    assert told.kind == kind


SET_UP = [
    {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "trail"},
    "CloudTrail validation message.",
    sns("CloudTrail validation message."),
]


@pytest.mark.parametrize("content", SET_UP, ids=["s3", "cloudtrail", "cloudtrail through sns"])
def test_what_only_shows_that_the_way_is_open(content: Any) -> None:
    assert opened(content) == SetUpMessage()


@pytest.mark.parametrize("name", ["ObjectRemoved:Delete", "s3:ObjectRestore:Completed", "LifecycleExpiration:Delete"])
def test_other_things_that_s3_tells_are_ignored_and_counted(name: str) -> None:
    assert opened(notification("trail", "a", "b", name=name)) == Keys(way=Way.S3, keys=(), ignored=2)


def test_a_deletion_told_by_eventbridge_is_ignored_and_counted() -> None:
    told = opened(CREATED | {"detail-type": "Object Deleted"})
    assert told == Keys(way=Way.EVENTBRIDGE, keys=(), account="444455556666", ignored=1)


BAD_ENTRIES = [
    None,
    7,
    [],
    {},
    {"eventSource": "aws:sqs", "eventName": "ObjectCreated:Put"},
    {"eventSource": "aws:s3", "eventName": 7},
    {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put"},
    {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {"bucket": "trail", "object": {"key": "a"}}},
    {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": 1}}},
    notification("trail", "a" * 1025)["Records"][0],
    notification("trail", "a%00b")["Records"][0],
]


@pytest.mark.parametrize("entry", BAD_ENTRIES, ids=range(len(BAD_ENTRIES)))
def test_a_bad_entry_is_counted_and_costs_no_sibling(entry: Any) -> None:
    content = notification("trail", "a", "b")
    content["Records"].insert(1, entry)
    told = opened(content)
    assert isinstance(told, Keys)
    assert ([key.key for key in told.keys], told.refused) == (["a", "b"], 1)


def test_of_very_many_keys_in_a_message_a_thousand_are_taken() -> None:
    told = opened({"s3Bucket": "trail", "s3ObjectKey": ["a"] * 1_003})
    assert isinstance(told, Keys)
    assert (len(told.keys), told.refused) == (1_000, 3)


def test_a_bad_key_among_cloudtrails_costs_no_sibling() -> None:
    told = opened({"s3Bucket": "trail", "s3ObjectKey": ["a", 7, "", None, "b"]})
    assert isinstance(told, Keys)
    assert ([key.key for key in told.keys], told.refused) == (["a", "b"], 3)


@pytest.mark.parametrize("size", [-1, True, "5", 1.5, None, 2**63])
def test_a_size_that_is_none_is_not_known(size: Any) -> None:
    content = notification("trail", "a")
    content["Records"][0]["s3"]["object"]["size"] = size
    told = opened(content)
    assert isinstance(told, Keys)
    assert told.keys[0].size is None


@pytest.mark.parametrize("at", ["", "yesterday", "0001-01-01T00:00:00+23:00", "2026-05-04T12:00:00"])
def test_a_time_that_is_none_is_not_known(at: str) -> None:
    content = notification("trail", "a")
    content["Records"][0]["eventTime"] = at
    told = opened(content)
    assert isinstance(told, Keys)
    assert told.keys[0].written_at == (NOON if at.startswith("2026") else None)


REFUSED = [
    ("", MessageReason.NOT_JSON),
    ("not json", MessageReason.NOT_JSON),
    ('{"a": "\\ud800"}', MessageReason.NOT_JSON),
    ("\ud800", MessageReason.NOT_JSON),
    ("[" * 100_000, MessageReason.NOT_JSON),
    ('{"a": 1e999}', MessageReason.NOT_JSON),
    ('"' + "a" * (2 << 20) + '"', MessageReason.TOO_LARGE),
    ("[]", MessageReason.UNKNOWN_SHAPE),
    ("null", MessageReason.UNKNOWN_SHAPE),
    ("{}", MessageReason.UNKNOWN_SHAPE),
    ({"Records": {"s3": 1}}, MessageReason.UNKNOWN_SHAPE),
    ({"Type": "Notification", "Message": "{}"}, MessageReason.UNKNOWN_SHAPE),
    (CREATED | {"source": "aws.ec2"}, MessageReason.UNKNOWN_SHAPE),
    ({"Type": "SubscriptionConfirmation", "TopicArn": "t", "Message": "m"}, MessageReason.UNCONFIRMED),
    (sns(sns(sns(sns("{}")))), MessageReason.WRAPPED_TOO_OFTEN),
    (via_cloudtrail(event(1), detail=[]), MessageReason.BAD_EVENT),
    (via_cloudtrail({"eventID": "e"}), MessageReason.BAD_EVENT),
    (via_cloudtrail(event(1), account="me"), MessageReason.BAD_EVENT),
    (via_cloudtrail(event(1, eventID="")), MessageReason.NO_EVENT_ID),
]


@pytest.mark.parametrize(("content", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_understood_is_refused_with_a_reason(content: Any, reason: MessageReason) -> None:
    assert opened(content) == Refused(reason=reason)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
SOUND = [notification("trail", KEY), CREATED, via_cloudtrail(event(1)), {"s3Bucket": "b", "s3ObjectKey": ["a"]}]


def _changed(content: Any, path: list[int], value: Any) -> Any:
    """The content with something else at one place in it."""
    if not path or not isinstance(content, dict | list) or not content:
        return value
    if isinstance(content, list):
        at = path[0] % len(content)
        return [_changed(each, path[1:], value) if n == at else each for n, each in enumerate(content)]
    name = sorted(content)[path[0] % len(content)]
    return content | {name: _changed(content[name], path[1:], value)}


@settings(max_examples=300, deadline=None)
@given(
    content=st.sampled_from(SOUND),
    path=st.lists(st.integers(0, 20), max_size=7),
    value=JSON,
    wrappings=st.integers(0, 4),
)
def test_whatever_stands_anywhere_in_a_message_nothing_is_raised(
    content: Any, path: list[int], value: Any, wrappings: int
) -> None:
    message = _changed(content, path, value)
    for _ in range(wrappings):
        message = sns(message)
    told = opened(message)
    assert isinstance(told, Keys | InlineEvent | SetUpMessage | Refused)
    if isinstance(told, Keys):
        assert all(key.bucket and key.key and "\0" not in key.key for key in told.keys)


@settings(max_examples=300, deadline=None)
@given(body=st.text() | JSON.map(json.dumps) | st.binary().map(lambda data: data.decode("latin-1")))
def test_whatever_a_body_is_nothing_is_raised(body: str) -> None:
    assert isinstance(open_envelope(body), Keys | InlineEvent | SetUpMessage | Refused)
