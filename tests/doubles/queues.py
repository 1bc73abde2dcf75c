"""A whole daemon over a bucket and queues of moto's server, turned by hand: nothing waits and nothing sleeps."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from daemon.service.daemon import Daemon
from daemon.sources.queue import SqsQueue
from tests.doubles.aws import ACCESS_KEY, REGION, SECRET_KEY, Bucket, log_key, new_bucket, source_over
from tests.doubles.clock import MovableClock
from tests.doubles.daemons import Place
from tests.doubles.daemons import event as event
from tests.doubles.rule_text import rule_text

CONFIG = """
sources:
  - {{url: "s3://{bucket}", queue_url: "{queue}", {source}}}
{sources}
rules: {{paths: [rules]}}
destinations: [{{name: terminal, type: console}}]
notices: [terminal]
"""
ACCOUNT = "123456789012"  # of everything in the double


def client(service: str, url: str) -> Any:
    """A client of the double."""
    return boto3.client(
        service,  # type: ignore[call-overload]  # any of them
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSetting:
    """A bucket, a queue, and a place for a daemon that reads both."""

    place: Place
    bucket: Bucket
    queue_url: str
    sqs: Any
    opened: list[SqsQueue] = field(default_factory=list)

    def put(self, *events: Mapping[str, Any], unique: str = "AAAABBBBCCCCDDDD", at: datetime | None = None) -> str:
        """Deliver a log file; gives its key."""
        stamp = f"{at or self.place.clock():%Y%m%dT%H%MZ}"
        key = log_key(stamp, unique)
        self.bucket.put(key, body=gzip.compress(json.dumps({"Records": events}).encode()))
        return key

    def send(self, body: object) -> None:
        """Put a message into the queue, JSON unless it is text."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=text)

    def left(self) -> int:
        """How many messages are in the queue, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def gets(self) -> int:
        """How many objects were asked for."""
        return self.bucket.faults.requests.count("GetObject")

    @contextmanager
    def daemon(self, source: str = "", sources: str = "", **makers: Any) -> Iterator[Daemon]:
        """Put a daemon together and let it poll once."""

        def make_queue(url: str, config: Any, **options: Any) -> SqsQueue:
            self.opened.append(SqsQueue(url, access=self.bucket.access(**options), wait_s=0))
            return self.opened[-1]

        config = CONFIG.format(bucket=self.bucket.name, queue=self.queue_url, source=source, sources=sources)
        config = config.replace("{", "{{").replace("}", "}}")  # the place fills it in once more
        own = {
            "source": lambda each, **options: source_over(self.bucket, on_request=options["on_request"]),
            "queue": make_queue,
        }
        with self.place.daemon(config=config, **(own | makers)) as daemon:
            daemon.polling.poll(daemon.watched[0])
            yield daemon

    def work(self, daemon: Daemon, turns: int = 1) -> None:
        """Let the readers and the worker do what there is to do, and send what is owed."""
        for _ in range(turns):
            for reader, _rhythm in daemon.readers:
                reader.turn()
        daemon.worker.work_off()
        daemon.dispatcher.run_once(drain=True)


def make_setting(folder: Path, url: str) -> QueueSetting:
    """An empty bucket and queue, the usual rule, no state."""
    place = Place(folder=folder, clock=MovableClock(datetime.now(UTC)), terminal=io.StringIO())
    place.write_rule(rule_text())
    bucket = new_bucket(url, f"trail-{uuid4().hex[:12]}")
    sqs = client("sqs", url)
    attributes = {"VisibilityTimeout": "60"}
    queue_url = sqs.create_queue(QueueName=f"trail-{uuid4().hex[:12]}", Attributes=attributes)["QueueUrl"]
    return QueueSetting(place=place, bucket=bucket, queue_url=queue_url, sqs=sqs)


def arn_of(queue_url: str) -> str:
    """The queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue_url.rpartition('/')[2]}"


def later(setting: QueueSetting, by: timedelta = timedelta(minutes=1)) -> None:
    """Let time pass for the daemon."""
    setting.place.clock.advance(by)


def notification(bucket: str, *keys: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    """What S3 sends."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": REGION,
                "eventTime": "2026-05-04T12:00:00.000Z",
                "eventName": name,
                "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 123, "eTag": "abc"}},
            }
            for key in keys
        ]
    }


def via_cloudtrail(record: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """What EventBridge sends for a call."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": "111122223333",
        "time": "2026-05-04T12:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": record,
        **changes,
    }


def metric(daemon: Daemon, line: str, setting: QueueSetting) -> float:
    """A metric of the queue, by its name and labels; NAME stands for the queue's."""
    name = setting.queue_url.rpartition("/")[2]
    text = daemon.shared.metrics.render().decode()
    start = f"trailwarden_queue_{line.replace('NAME', name)} "
    (value,) = [row.removeprefix(start) for row in text.splitlines() if row.startswith(start)]
    return float(value)
