"""The files of deploy/queues: taken by the services they are for, and a log file comes through by each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from moto.events.models import EventPattern

from daemon.sources.arrivals import Place, arrival_of
from daemon.sources.queue import SqsQueue
from daemon.trail.envelopes import Keys, SetUpMessage, open_envelope
from daemon.trail.keys import Scope
from tests.doubles.aws import log_key, moto_server
from tests.doubles.queues import ACCOUNT, QueueSetting, arn_of, client, event, make_setting, via_cloudtrail
from tests.e2e.harness import REPOSITORY

QUEUES = REPOSITORY / "deploy/queues"


def filled(name: str, setting: QueueSetting, topic: str = "") -> dict[str, Any]:
    """A file with the names of what the test made."""
    text = (QUEUES / name).read_text(encoding="utf-8")
    made = {
        "arn:aws:sqs:eu-west-1:111122223333:trail-events": arn_of(setting.queue_url),
        "arn:aws:sns:eu-west-1:111122223333:trail-topic": topic,
        "example-trail-bucket": setting.bucket.name,
        "111122223333": ACCOUNT,
    }
    for written, real in made.items():
        text = text.replace(written, real)
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def set_policy(setting: QueueSetting, name: str, topic: str = "") -> None:
    policy = json.dumps(filled(name, setting, topic))
    setting.sqs.set_queue_attributes(QueueUrl=setting.queue_url, Attributes={"Policy": policy})


def notify(setting: QueueSetting, configuration: dict[str, Any]) -> None:
    setting.bucket.client.put_bucket_notification_configuration(
        Bucket=setting.bucket.name, NotificationConfiguration=configuration
    )


def straight(setting: QueueSetting) -> None:
    set_policy(setting, "queue-policy.json")
    notify(setting, filled("bucket-to-queue.json", setting))


def through_sns(setting: QueueSetting) -> None:
    sns = client("sns", setting.bucket.endpoint_url)
    topic = sns.create_topic(Name=f"t{uuid4().hex[:8]}")["TopicArn"]
    policy = json.dumps(filled("topic-policy.json", setting, topic))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    set_policy(setting, "queue-policy-sns.json", topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(setting.queue_url))
    notify(setting, filled("bucket-to-topic.json", setting, topic))


def through_eventbridge(setting: QueueSetting) -> None:
    events = client("events", setting.bucket.endpoint_url)
    set_policy(setting, "queue-policy-eventbridge.json")
    pattern = filled("objects-pattern.json", setting)
    events.put_rule(Name="trail-events", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="trail-events", Targets=[{"Id": "1", "Arn": arn_of(setting.queue_url)}])
    notify(setting, {"EventBridgeConfiguration": {}})


@pytest.mark.parametrize("way", [straight, through_sns, through_eventbridge], ids=lambda way: way.__name__)
def test_a_log_file_comes_through(tmp_path: Path, way: Any) -> None:
    with moto_server() as url:
        setting = make_setting(tmp_path, url)
        way(setting)
        key = log_key("20260301T1005Z")
        setting.bucket.put(key, "elsewhere/AWSLogs.txt")
        queue = SqsQueue(setting.queue_url, access=setting.bucket.access(), wait_s=0)
        told = [open_envelope(message.body) for message in queue.receive()]
    keys = [key for each in told if isinstance(each, Keys) for key in each.keys]
    assert all(isinstance(each, Keys | SetUpMessage) for each in told)
    place = Place(source="s", bucket=setting.bucket.name, prefix="", scope=Scope())
    now = setting.place.clock()
    assert [arrival_of(each, [place], starts={"s": None}, now=now) for each in keys if each.key == key] != []
    assert {each.key for each in keys} == {key}


def test_the_pattern_for_calls_takes_sign_ins_and_no_other_service() -> None:
    pattern = EventPattern.load((QUEUES / "calls-pattern.json").read_text(encoding="utf-8"))
    for service, is_taken in (("signin", True), ("iam", True), ("ec2", False)):
        told: Any = via_cloudtrail(event(1, eventSource=f"{service}.amazonaws.com"))
        assert pattern.matches_event(told) is is_taken
    foreign: Any = via_cloudtrail(event(1), account="999988887777")
    assert not pattern.matches_event(foreign)
