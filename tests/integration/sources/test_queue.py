"""The adapter of SQS over real HTTP: refusals by what a person must do, partial failures, receipts that are stale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.sources.aws import AwsAccess
from daemon.sources.queue import Deleted, Message, SqsQueue
from tests.doubles.aws import new_session
from tests.doubles.sqs_stand_in import SqsStandIn, refusal, sqs_stand_in


@pytest.fixture
def sqs() -> Iterator[SqsStandIn]:
    with sqs_stand_in() as stand_in:
        yield stand_in


def queue_at(url: str, **access: Any) -> SqsQueue:
    return SqsQueue(url, access=AwsAccess(**({"new_session": new_session} | access)), wait_s=0)


def messages(count: int) -> list[Message]:
    return [Message(id=f"m{n}", receipt=f"r{n}", body="", sent_at=None) for n in range(count)]


def test_messages_come_with_the_time_they_were_sent(sqs: SqsStandIn) -> None:
    told = {"MessageId": "m", "ReceiptHandle": "r", "Body": "b", "Attributes": {"SentTimestamp": "1777896000000"}}
    sqs.answers["ReceiveMessage"] = lambda _: (200, {"Messages": [told, {"MessageId": "n"}]})
    at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    assert queue_at(sqs.url).receive() == [
        Message(id="m", receipt="r", body="b", sent_at=at),
        Message(id="n", receipt="", body="", sent_at=None),
    ]
    assert sqs.asked[0][1]["MaxNumberOfMessages"] == 10


def test_what_could_not_be_deleted_is_tried_again_and_a_stale_receipt_is_no_fault(sqs: SqsStandIn) -> None:
    def answer(asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        failed = [
            {"Id": each["Id"], "Code": code, "SenderFault": code != "InternalError"}
            for each in asked["Entries"]
            if (code := {"r1": "InternalError", "r2": "ReceiptHandleIsInvalid"}.get(each["ReceiptHandle"]))
        ]
        done = [{"Id": each["Id"]} for each in asked["Entries"] if each["ReceiptHandle"] not in ("r1", "r2")]
        return 200, {"Successful": done, "Failed": failed}

    sqs.answers["DeleteMessageBatch"] = answer
    assert queue_at(sqs.url).delete(messages(4)) == Deleted(done=2, stale=1, failed=1)
    assert [len(asked["Entries"]) for _, asked in sqs.asked] == [4, 1, 1]


REFUSALS = [
    (
        "AccessDeniedException",
        "not authorized to perform sqs:receivemessage",
        403,
        "access_denied",
        "sqs:ReceiveMessage",
    ),
    ("QueueDoesNotExist", "The specified queue does not exist.", 400, "no_queue", "queue_url"),
    ("AWS.SimpleQueueService.NonExistentQueue", "gone", 400, "no_queue", "queue_url"),
    ("ThrottlingException", "Rate exceeded", 400, "throttled", "too many requests"),
    ("OverLimit", "too many in flight", 403, "throttled", "in flight"),
    ("KmsAccessDenied", "no kms:Decrypt on arn:aws:kms:eu-west-1:111122223333:key/k", 400, "kms_denied", ":key/k"),
    ("KMS.AccessDeniedException", "no", 400, "kms_denied", "kms:Decrypt"),
    ("ExpiredTokenException", "expired", 403, "credentials", "renew"),
    ("InternalFailure", "oops", 500, "unreachable", "SQS falters"),
]


@pytest.mark.parametrize(("code", "message", "status", "reason", "fix"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_refusal_says_what_to_do(
    sqs: SqsStandIn, code: str, message: str, status: int, reason: str, fix: str
) -> None:
    sqs.answers["ReceiveMessage"] = refusal(code, message, status=status)
    with pytest.raises(SourceUnavailable) as refused:
        queue_at(sqs.url).receive()
    assert refused.value.reason == EnvironmentReason(reason)
    assert fix in str(refused.value)
    assert sqs.url in str(refused.value)
    assert "S3" not in str(refused.value)


def test_a_queue_that_nobody_answers_for_is_unreachable() -> None:
    with pytest.raises(SourceUnavailable, match="SQS cannot be reached") as refused:
        queue_at("http://127.0.0.1:1/111122223333/trail").receive()
    assert refused.value.reason is EnvironmentReason.UNREACHABLE


def test_without_credentials_it_says_so_and_takes_up_new_ones(sqs: SqsStandIn) -> None:
    has = False
    queue = queue_at(sqs.url, new_session=lambda: new_session(has_credentials=has))
    with pytest.raises(SourceUnavailable) as refused:
        queue.receive()
    assert refused.value.reason is EnvironmentReason.CREDENTIALS
    has = True
    assert queue.receive() == []


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-central-1.amazonaws.com/111122223333/q", "eu-central-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q", "cn-north-1"),
        ("https://sqs-fips.us-gov-west-1.amazonaws.com/111122223333/q", "us-gov-west-1"),
        ("https://eu-west-2.queue.amazonaws.com/111122223333/q", "eu-west-2"),
        ("https://vpce-1.sqs.ap-south-1.vpce.amazonaws.com/111122223333/q", "ap-south-1"),
        ("https://queue.example.com/111122223333/q", "us-west-2"),
    ],
)
def test_the_region_is_that_of_the_url(url: str, region: str) -> None:
    client = queue_at(url, region="us-west-2")._open()
    assert client.meta.region_name == region
    assert client.meta.endpoint_url == url.removesuffix("/111122223333/q")


def test_facts_of_a_queue(sqs: SqsStandIn) -> None:
    told = {"Attributes": {"VisibilityTimeout": "90", "RedrivePolicy": "{}"}}
    sqs.answers["GetQueueAttributes"] = lambda _: (200, told)
    facts = queue_at(sqs.url).facts()
    assert (facts.visibility, facts.has_redrive) == (timedelta(seconds=90), True)
