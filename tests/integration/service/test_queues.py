"""Log files that queues tell of, through the whole daemon: each envelope as AWS sends it, and what must not happen."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from daemon.model import ObjectState
from daemon.service.daemon import Daemon
from tests.doubles.cycles import told
from tests.doubles.queues import QueueSetting, arn_of, client, event, later, metric, notification
from tests.doubles.strangers import crowd


def straight(setting: QueueSetting) -> None:
    rule = {"QueueArn": arn_of(setting.queue_url), "Events": ["s3:ObjectCreated:*"]}
    notify(setting, QueueConfigurations=[rule])


def notify(setting: QueueSetting, **configuration: Any) -> None:
    setting.bucket.client.put_bucket_notification_configuration(
        Bucket=setting.bucket.name, NotificationConfiguration=configuration
    )


def topic_of(setting: QueueSetting, *, is_raw: bool) -> str:
    sns = client("sns", setting.bucket.endpoint_url)
    topic: str = sns.create_topic(Name=setting.bucket.name)["TopicArn"]
    raw = {"Attributes": {"RawMessageDelivery": "true"}} if is_raw else {}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(setting.queue_url), **raw)
    return topic


def through_sns(setting: QueueSetting) -> None:
    topic = topic_of(setting, is_raw=False)
    notify(setting, TopicConfigurations=[{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}])


def through_sns_raw(setting: QueueSetting) -> None:
    topic = topic_of(setting, is_raw=True)
    notify(setting, TopicConfigurations=[{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}])


def through_eventbridge(setting: QueueSetting) -> None:
    events = client("events", setting.bucket.endpoint_url)
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [setting.bucket.name]}}}
    events.put_rule(Name=setting.bucket.name, EventPattern=json.dumps(pattern))
    target = {"Id": "1", "Arn": arn_of(setting.queue_url)}
    events.put_targets(Rule=setting.bucket.name, Targets=[target])
    notify(setting, EventBridgeConfiguration={})


WAYS = [straight, through_sns, through_sns_raw, through_eventbridge]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_log_file_is_evaluated_as_soon_as_the_queue_tells_of_it_and_polling_does_not_read_it_again(
    setting: QueueSetting, way: Callable[[QueueSetting], None]
) -> None:
    way(setting)
    with setting.daemon() as daemon:
        setting.put(event(1))
        setting.work(daemon, turns=3)
        assert told(setting.place).count("A group was deleted") == 1
        assert setting.left() == 0

        later(setting)
        daemon.polling.poll(daemon.watched[0])
        setting.work(daemon)
        assert setting.gets() == 1
        assert states(daemon) == [(ObjectState.DONE, None)]
    assert "A group was deleted" not in told(setting.place)


def states(daemon: Daemon) -> list[tuple[ObjectState, str | None]]:
    return [(row.state, row.reason) for row in daemon.shared.store.list_objects(states=list(ObjectState))]


def test_cloudtrails_own_message_with_several_keys_is_taken_key_by_key(setting: QueueSetting) -> None:
    topic = topic_of(setting, is_raw=False)
    with setting.daemon() as daemon:
        keys = [setting.put(event(n), unique=f"AAAABBBBCCCCDDD{n}") for n in range(3)]
        body = json.dumps({"s3Bucket": setting.bucket.name, "s3ObjectKey": [*keys, "AWSLogs/what/is/this"]})
        client("sns", setting.bucket.endpoint_url).publish(TopicArn=topic, Message=body)
        setting.work(daemon)
        assert states(daemon) == [(ObjectState.DONE, None)] * 3
        assert setting.left() == 0
        assert metric(daemon, 'parts_passed_over_total{queue="NAME",reason="not_a_log"}', setting) == 1


def test_what_polling_found_first_the_queue_only_acknowledges(setting: QueueSetting) -> None:
    key = setting.put(event(1))
    with setting.daemon() as daemon:
        setting.work(daemon)
        setting.send(notification(setting.bucket.name, key))
        setting.send(notification(setting.bucket.name, key))
        setting.work(daemon)
        assert (setting.gets(), setting.left()) == (1, 0)
        assert metric(daemon, 'objects_total{outcome="known",queue="NAME"}', setting) == 2
    assert told(setting.place).count("A group was deleted") == 1


def test_test_messages_and_deletions_are_acknowledged(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        setting.send({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": setting.bucket.name})
        setting.send("CloudTrail validation message.")
        setting.send(notification(setting.bucket.name, "any", name="ObjectRemoved:Delete"))
        setting.work(daemon)
        assert setting.left() == 0
        assert metric(daemon, 'messages_total{outcome="passed_over",queue="NAME"}', setting) == 3


def test_an_object_that_is_gone_is_counted_and_acknowledged_and_taken_once_it_is_back(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        key = setting.put(event(1))
        setting.bucket.client.delete_object(Bucket=setting.bucket.name, Key=key)
        setting.send(notification(setting.bucket.name, key))
        setting.work(daemon)
        assert states(daemon) == [(ObjectState.GONE, None)]
        assert setting.left() == 0

        setting.put(event(1))
        setting.send(notification(setting.bucket.name, key))
        setting.work(daemon)
        assert states(daemon) == [(ObjectState.DONE, None)]


def test_a_bad_key_costs_its_siblings_nothing_and_stays_for_the_dead_letter_policy(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        key = setting.put(event(1))
        body = notification(setting.bucket.name, key)
        body["Records"] += [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": 7}, "what"]
        setting.send(body)
        setting.work(daemon)
        assert states(daemon) == [(ObjectState.DONE, None)]
        assert setting.left() == 1
        assert metric(daemon, 'messages_total{outcome="refused",queue="NAME"}', setting) == 1
    assert "A message cannot be understood" in told(setting.place)


def test_a_key_of_another_bucket_is_refused_and_told_and_never_read(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        setting.send(notification("forged-bucket", setting.put(event(1))))
        setting.work(daemon)
        assert (setting.gets(), setting.left(), states(daemon)) == (0, 1, [])
    text = told(setting.place)
    assert "A queue tells of a bucket that no source names" in text
    assert "s3://forged-bucket/AWSLogs" in text


@pytest.mark.parametrize(
    ("source", "reason"),
    [('accounts: ["444455556666"]', "foreign_account"), ("regions: [us-east-1]", "foreign_region")],
)
def test_what_the_source_does_not_want_is_acknowledged_and_counted(
    setting: QueueSetting, source: str, reason: str
) -> None:
    with setting.daemon(source=source) as daemon:
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        setting.work(daemon)
        assert (setting.gets(), setting.left()) == (0, 0)
        assert metric(daemon, f'parts_passed_over_total{{queue="NAME",reason="{reason}"}}', setting) == 1


def test_what_was_delivered_before_the_start_of_the_source_is_not_taken(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        old = setting.put(event(1), at=setting.place.clock() - timedelta(days=3))
        setting.send(notification(setting.bucket.name, old))
        setting.work(daemon)
        assert (setting.gets(), setting.left()) == (0, 0)
        assert metric(daemon, 'parts_passed_over_total{queue="NAME",reason="before_start"}', setting) == 1


def test_what_is_stamped_days_ahead_is_refused_and_told(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        ahead = setting.put(event(1), at=setting.place.clock() + timedelta(days=2))
        setting.send(notification(setting.bucket.name, ahead))
        setting.work(daemon)
        assert (setting.gets(), setting.left(), states(daemon)) == (0, 1, [])
        assert metric(daemon, 'messages_total{outcome="refused",queue="NAME"}', setting) == 1
    assert "A message tells of a log file from the future" in told(setting.place)


def test_what_the_ledger_has_no_room_for_waits_in_the_queue_and_is_told(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        crowd(daemon.shared.store, 10_000)
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        daemon.readers[0][0].turn()
        assert setting.left() == 1
        assert metric(daemon, 'messages_total{outcome="put_off",queue="NAME"}', setting) == 1
        daemon.dispatcher.run_once(drain=True)
    assert "A queue names more accounts and regions than there can be" in told(setting.place)


def test_a_message_that_nobody_can_read_stays_and_holds_up_no_other(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        for body in ("not json", "[" * 5_000, {"Records": "no"}, '{"a": 1e999}'):
            setting.send(body)
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        setting.work(daemon, turns=2)
        assert states(daemon) == [(ObjectState.DONE, None)]
        assert setting.left() == 4


def test_a_new_region_that_the_queue_told_of_first_is_still_listed_from_the_start(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        first = setting.put(event(1), unique="AAAAAAAAAAAAAAAA")
        setting.put(event(2), unique="BBBBBBBBBBBBBBBB")  # its message was lost
        setting.send(notification(setting.bucket.name, first))
        setting.work(daemon)
        assert len(states(daemon)) == 1
        daemon.polling.poll(daemon.watched[0])
        setting.work(daemon)
        assert states(daemon) == [(ObjectState.DONE, None)] * 2
        assert setting.gets() == 2
