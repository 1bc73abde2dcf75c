"""A trail in moto's S3 whose files are told in every way there is: at once, twice, late, wrapped, never; and its queue.

Each way has a region of its own, so that the double's own notifications do the telling, by the prefix of the key.
"""

from __future__ import annotations

import gzip
import json
import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.doubles.aws import Bucket, new_bucket
from tests.doubles.queues import arn_of, client, notification, via_cloudtrail
from tests.e2e.trail import ACCOUNT, deleted_group

STRAIGHT, WRAPPED, RAW, BRIDGED = "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"  # by the double itself
LATE, IN_ONE, NEVER = "eu-north-1", "us-east-1", "ap-south-1"  # by this module, or by nobody
REGIONS = (STRAIGHT, WRAPPED, RAW, BRIDGED, LATE, IN_ONE, NEVER)
# Before a message becomes a dead letter. docs/queues.md asks for 5 at least; here a daemon is killed every few seconds,
# and what it had in hand, or what a long poll of the dead is still given, was received once more each time.
_RECEIVES = 20
_VISIBILITY_S = 4
_EVENTS_A_FILE = 5
_KEYS_A_MESSAGE = 3
_TWICE, _INLINE = 0.2, 0.2  # shares of the files
_DELAYS_S = (1, 8)  # of what is told late, by the queue's own delay
_AHEAD_S = (0.2, 3.0)  # how long before its file an event comes by itself
_CREATED = ["s3:ObjectCreated:*"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    key: str
    region: str
    records: Sequence[dict[str, Any]]
    due_s: float


@dataclass(slots=True, kw_only=True)
class QueuedTrail:
    """`events` are the ids by group; `ways` counts files by region, `inline` events that came by themselves first."""

    bucket: Bucket
    queue_url: str
    dead_url: str
    topic: str
    chance: random.Random
    files: int = 0
    inline: int = 0
    twice: int = 0
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))  # of all events: copies never disagree
    events: dict[str, set[str]] = field(default_factory=dict)
    ways: Counter[str] = field(default_factory=Counter)
    _group_of: dict[int, str] = field(default_factory=dict)
    _ahead: deque[_File] = field(default_factory=deque)
    _together: list[str] = field(default_factory=list)
    _sqs: Any = None
    _sns: Any = None

    def __post_init__(self) -> None:
        self._sqs, self._sns = (client(name, self.bucket.endpoint_url) for name in ("sqs", "sns"))

    def write(self, group: str) -> None:
        """One more log file, of which each event is in the file before or after it too; some events come first."""
        number, self.files = self.files, self.files + 1
        first = number // 2 * _EVENTS_A_FILE
        records = [self._record(event, group) for event in range(first, first + _EVENTS_A_FILE)]
        region = self.chance.choice(REGIONS)
        now = datetime.now(UTC)
        name = f"{ACCOUNT}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{number:016d}.json.gz"
        key = f"AWSLogs/{ACCOUNT}/CloudTrail/{region}/{now:%Y/%m/%d}/{name}"
        due_s = time.monotonic()
        if self.chance.random() < _INLINE:
            for record in records[: self.chance.randint(1, 2)]:
                self._send(via_cloudtrail(record))
                self.inline += 1
            due_s += self.chance.uniform(*_AHEAD_S)
        self._ahead.append(_File(key=key, region=region, records=records, due_s=due_s))
        self.deliver()

    def deliver(self, *, all_of_them: bool = False) -> None:
        """Put those files into the bucket whose time has come, and tell of them."""
        due = [each for each in self._ahead if all_of_them or each.due_s <= time.monotonic()]
        for each in due:
            self._ahead.remove(each)
            body = gzip.compress(json.dumps({"Records": each.records}).encode(), mtime=0)
            self.bucket.put(each.key, body=body)
            self.ways[each.region] += 1
            self._tell(each)
        if all_of_them:
            self._tell_together()

    def left(self) -> tuple[int, int]:
        """How many messages are in the queue, in flight, delayed or not, and how many dead letters there are."""
        return self._count(self.queue_url), self._count(self.dead_url)

    def _record(self, event: int, group: str) -> dict[str, Any]:
        name = self._group_of.setdefault(event, group)
        self.events.setdefault(name, set()).add(f"event-{event}")
        return deleted_group(name, at=self.began_at) | {"eventID": f"event-{event}"}

    def _tell(self, file: _File) -> None:
        message = notification(self.bucket.name, file.key)
        if file.region == NEVER:
            return
        if file.region == LATE:
            self._send(message, delay_s=self.chance.randint(*_DELAYS_S))
        if file.region == IN_ONE:
            self._together.append(file.key)
            if len(self._together) >= _KEYS_A_MESSAGE:
                self._tell_together()
        if self.chance.random() < _TWICE:
            self._send(message)
            self.twice += 1

    def _tell_together(self) -> None:
        if self._together:  # as CloudTrail's own topic does it
            body = json.dumps({"s3Bucket": self.bucket.name, "s3ObjectKey": self._together})
            self._sns.publish(TopicArn=self.topic, Message=body)
            self._together = []

    def _send(self, body: object, *, delay_s: int = 0) -> None:
        self._sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(body), DelaySeconds=delay_s)

    def _count(self, url: str) -> int:
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        told = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)


def make_trail(url: str, *, chance: random.Random) -> QueuedTrail:
    """An empty bucket and what tells of it, in moto's server at this URL."""
    bucket = new_bucket(url, "soaked-trail")
    sqs, sns = client("sqs", url), client("sns", url)
    dead = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": _RECEIVES}
    attributes = {"VisibilityTimeout": str(_VISIBILITY_S), "RedrivePolicy": json.dumps(redrive)}
    queue = sqs.create_queue(QueueName="trail-events", Attributes=attributes)["QueueUrl"]
    topics = {}
    for name, is_raw in (("wrapped", "false"), ("raw", "true")):
        topics[name] = sns.create_topic(Name=name)["TopicArn"]
        raw = {"RawMessageDelivery": is_raw}
        sns.subscribe(TopicArn=topics[name], Protocol="sqs", Endpoint=arn_of(queue), Attributes=raw)
    configuration: Any = {
        "QueueConfigurations": [_notice(STRAIGHT, QueueArn=arn_of(queue))],
        "TopicConfigurations": [
            _notice(WRAPPED, TopicArn=topics["wrapped"]),
            _notice(RAW, TopicArn=topics["raw"]),
        ],
        "EventBridgeConfiguration": {},
    }
    _bridge(bucket, queue)
    bucket.client.put_bucket_notification_configuration(Bucket=bucket.name, NotificationConfiguration=configuration)
    return QueuedTrail(bucket=bucket, queue_url=queue, dead_url=dead, topic=topics["wrapped"], chance=chance)


def _notice(region: str, **to: str) -> dict[str, Any]:
    rules = [{"Name": "prefix", "Value": _prefix(region)}]
    return {**to, "Events": _CREATED, "Filter": {"Key": {"FilterRules": rules}}}


def _bridge(bucket: Bucket, queue_url: str) -> None:
    events = client("events", bucket.endpoint_url)
    detail = {"bucket": {"name": [bucket.name]}, "object": {"key": [{"prefix": _prefix(BRIDGED)}]}}
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
    events.put_rule(Name=bucket.name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=bucket.name, Targets=[{"Id": "1", "Arn": arn_of(queue_url)}])


def _prefix(region: str) -> str:
    return f"AWSLogs/{ACCOUNT}/CloudTrail/{region}/"
