"""Events that are messages themselves: an alert seconds after the call, told once, doubted till the trail has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from daemon.model import Alert
from daemon.service.daemon import Daemon
from tests.doubles.cycles import told
from tests.doubles.queues import (
    QueueSetting,
    event,
    later,
    metric,
    notification,
    via_cloudtrail,
)
from tests.doubles.rule_text import rule_text

DOUBT = "not yet confirmed by the trail"
BOB = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "bob"}


def alerts(daemon: Daemon, setting: QueueSetting) -> list[Alert]:
    return daemon.shared.store.list_alerts(now=setting.place.clock())


def from_the_trail(setting: QueueSetting, daemon: Daemon, record: dict[str, Any]) -> None:
    later(setting)
    setting.send(notification(setting.bucket.name, setting.put(record)))
    setting.work(daemon)


def test_an_event_alerts_at_once_and_its_log_file_confirms_it_and_tells_nobody_twice(setting: QueueSetting) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        setting.send(via_cloudtrail(event(1)))
        setting.work(daemon)
        text = told(setting.place)
        assert text.count("A group was deleted") == 1
        assert DOUBT in text
        (alert,) = alerts(daemon, setting)
        assert alert.samples[0].object_url.startswith("queue:")
        assert setting.left() == 0

        from_the_trail(setting, daemon, event(1))
        (alert,) = alerts(daemon, setting)
        assert alert.count == 1
        assert alert.samples[0].object_url.startswith("s3://")
        assert setting.gets() == 1
    assert told(setting.place) == ""


def test_an_event_that_the_trail_brought_first_is_told_once_and_never_doubted(setting: QueueSetting) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        from_the_trail(setting, daemon, event(1))
        setting.send(via_cloudtrail(event(1)))
        setting.work(daemon)
        (alert,) = alerts(daemon, setting)
        assert alert.samples[0].object_url.startswith("s3://")
    text = told(setting.place)
    assert text.count("A group was deleted") == 1
    assert DOUBT not in text


def test_a_message_delivered_twice_alerts_once(setting: QueueSetting) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        for _ in range(3):
            setting.send(via_cloudtrail(event(1)))
        setting.work(daemon)
        assert [alert.count for alert in alerts(daemon, setting)] == [1]
    assert told(setting.place).count("A group was deleted") == 1


def test_events_are_passed_over_unless_the_source_takes_them(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        setting.send(via_cloudtrail(event(1)))
        setting.work(daemon)
        assert alerts(daemon, setting) == []
        assert setting.left() == 0
        assert metric(daemon, 'parts_passed_over_total{queue="NAME",reason="inline_off"}', setting) == 1
    assert "inline_events: true" in told(setting.place)


def test_an_envelope_and_a_record_that_name_different_accounts_are_told_with_both_and_not_evaluated(
    setting: QueueSetting,
) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        setting.send(via_cloudtrail(event(1), account="999988887777"))
        setting.work(daemon)
        assert alerts(daemon, setting) == []
        assert setting.left() == 1
    text = told(setting.place)
    assert "HIGH" in text.upper()
    assert "999988887777" in text
    assert "111122223333" in text


def test_a_forged_event_that_accuses_somebody_else_does_not_hide_who_it_was(setting: QueueSetting) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        setting.send(via_cloudtrail(event(1)))  # says it was alice
        setting.work(daemon)
        told(setting.place)
        from_the_trail(setting, daemon, event(1, userIdentity=BOB))
        assert sorted(alert.samples[0].actor for alert in alerts(daemon, setting)) == ["alice", "bob"]
    text = told(setting.place)
    assert text.count("A group was deleted") >= 1
    assert "bob" in text
    assert "The trail contradicts what a queue said" in text


def test_a_forged_event_that_a_first_seen_rule_knows_does_not_keep_the_true_one_quiet(setting: QueueSetting) -> None:
    setting.place.write_rule(rule_text(more="trailwarden: {first_seen: {fields: [awsRegion], learn: 0s}}"))
    with setting.daemon(source="inline_events: true") as daemon:
        from_the_trail(setting, daemon, event(1, awsRegion="eu-north-1"))
        later(setting)
        setting.send(via_cloudtrail(event(2, awsRegion="eu-north-1")))  # known: no alert
        setting.work(daemon)
        assert [alert.samples[0].region for alert in alerts(daemon, setting)] == ["eu-north-1"]
        from_the_trail(setting, daemon, event(2, awsRegion="us-east-1"))
        assert sorted(sample.region for alert in alerts(daemon, setting) for sample in alert.samples) == [
            "eu-north-1",
            "us-east-1",
        ]


def test_a_forged_detail_is_replaced_by_what_the_trail_says(setting: QueueSetting) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        setting.send(via_cloudtrail(event(1, awsRegion="eu-north-1")))
        setting.work(daemon)
        from_the_trail(setting, daemon, event(1))
        (alert,) = alerts(daemon, setting)
        assert (alert.samples[0].region, alert.count) == ("us-east-1", 1)
    assert "awsRegion is 'us-east-1' and was said to be 'eu-north-1'" in told(setting.place)


@pytest.mark.parametrize(
    ("source", "reason"),
    [('accounts: ["444455556666"]', "foreign_account"), ("regions: [eu-west-1]", "foreign_region")],
)
def test_events_of_accounts_and_regions_that_are_not_wanted_are_passed_over(
    setting: QueueSetting, source: str, reason: str
) -> None:
    with setting.daemon(source=f"inline_events: true, {source}") as daemon:
        setting.send(via_cloudtrail(event(1)))
        setting.work(daemon)
        assert alerts(daemon, setting) == []
        assert metric(daemon, f'parts_passed_over_total{{queue="NAME",reason="{reason}"}}', setting) == 1


def test_events_wait_in_the_queue_while_no_rule_is_in_force(setting: QueueSetting) -> None:
    (setting.place.folder / "rules/rule.yml").unlink()
    with setting.daemon(source="inline_events: true") as daemon:
        setting.send(via_cloudtrail(event(1)))
        setting.work(daemon)
        assert setting.left() == 1
        assert metric(daemon, 'messages_total{outcome="put_off",queue="NAME"}', setting) == 1


def test_secrets_in_an_event_are_masked_like_those_of_log_files(setting: QueueSetting) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        setting.send(via_cloudtrail(event(1, requestParameters={"groupName": "g", "password": "hunter2hunter2"})))
        setting.work(daemon)
        (alert,) = alerts(daemon, setting)
        assert "hunter2" not in json.dumps(alert.samples[0].record)
        assert alert.samples[0].record["eventName"] == "DeleteGroup"


def test_a_log_file_whose_events_name_another_account_than_its_folder_is_told(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        from_the_trail(setting, daemon, event(1, recipientAccountId="999988887777"))
        assert len(alerts(daemon, setting)) == 1
    text = told(setting.place)
    assert "A log file names two accounts" in text
    assert "999988887777" in text
