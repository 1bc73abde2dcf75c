"""What `check` says of queues that are well, denied, gone, encrypted, and set up too carelessly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from daemon.sources.aws import AwsAccess
from daemon.sources.diagnose import Finding
from daemon.sources.diagnose_queue import diagnose_queue
from daemon.sources.queue import SqsQueue
from tests.doubles.aws import new_session
from tests.doubles.sqs_stand_in import SqsStandIn, refusal, sqs_stand_in
from tests.e2e.harness import REPOSITORY

HOUR = timedelta(hours=1)
POLICY = (REPOSITORY / "deploy/queues/queue-policy.json").read_text(encoding="utf-8")
REDRIVE = '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":5}'
WELL = {"VisibilityTimeout": "60", "RedrivePolicy": REDRIVE, "Policy": POLICY}


@pytest.fixture
def sqs() -> Iterator[SqsStandIn]:
    with sqs_stand_in() as stand_in:
        set_up(stand_in)
        yield stand_in


def set_up(sqs: SqsStandIn, **attributes: str) -> None:
    """It is well but for these; an empty one is not set."""
    told = {name: value for name, value in (WELL | attributes).items() if value}
    sqs.answers["GetQueueAttributes"] = lambda _: (200, {"Attributes": told})


def told(sqs: SqsStandIn, **options: Any) -> list[Finding]:
    queue = SqsQueue(sqs.url, access=AwsAccess(new_session=new_session))
    return list(diagnose_queue(queue, **({"poll_every": HOUR} | options)))


def test_a_queue_that_is_well(sqs: SqsStandIn) -> None:
    assert [str(finding) for finding in told(sqs)] == [f"{sqs.url}: messages can be received, kept and deleted"]
    ((_, received),) = [asked for asked in sqs.asked if asked[0] == "ReceiveMessage"]
    assert received["VisibilityTimeout"] == 0  # whoever should have it gets it


def test_a_queue_without_dead_letters_and_with_little_time_is_doubtful(sqs: SqsStandIn) -> None:
    set_up(sqs, VisibilityTimeout="30", RedrivePolicy="")
    doubts = [str(finding) for finding in told(sqs) if finding.is_doubt]
    assert len(doubts) == 2
    assert "redrive policy" in doubts[0]
    assert "visibility time-out is 30 s" in doubts[1]


@pytest.mark.parametrize("count", ["1", '"2"'])
def test_a_dead_letter_queue_that_takes_a_message_too_soon_is_doubtful(sqs: SqsStandIn, count: str) -> None:
    set_up(sqs, RedrivePolicy=REDRIVE.replace('Count":5', f'Count":{count}'))
    (doubt,) = [str(finding) for finding in told(sqs) if finding.is_doubt]
    assert f"after {count.strip(chr(34))} receives" in doubt
    assert "maxReceiveCount to 5" in doubt


def test_a_queue_that_lets_in_everybody_is_a_fault(sqs: SqsStandIn) -> None:
    set_up(sqs, Policy='{"Statement": {"Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "sqs:*"}}')
    (fault,) = [str(finding) for finding in told(sqs) if finding.is_fault]
    assert "statement All of its policy lets in everybody" in fault
    assert "aws:SourceArn" in fault


def test_a_service_that_sends_for_anybody_is_doubtful(sqs: SqsStandIn) -> None:
    principal = '{"Service": "s3.amazonaws.com"}'
    set_up(
        sqs, Policy=f'{{"Statement": [{{"Effect": "Allow", "Principal": {principal}, "Action": "sqs:SendMessage"}}]}}'
    )
    (doubt,) = [str(finding) for finding in told(sqs) if finding.is_doubt]
    assert "statement number 1 of its policy lets in what anybody has s3.amazonaws.com send" in doubt


def test_a_queue_without_a_policy_to_which_nobody_may_send_is_doubtful(sqs: SqsStandIn) -> None:
    set_up(sqs, Policy="")
    (doubt,) = [str(finding) for finding in told(sqs) if finding.is_doubt]
    assert "no policy" in doubt


def test_frequent_polling_besides_is_worth_a_word(sqs: SqsStandIn) -> None:
    (doubt,) = [finding for finding in told(sqs, poll_every=timedelta(minutes=5)) if finding.is_doubt]
    assert "poll_every: 1h" in str(doubt)


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("GetQueueAttributes", "sqs:GetQueueAttributes"),
        ("ReceiveMessage", "sqs:ReceiveMessage"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
    ],
)
def test_a_permission_that_lacks_is_named(sqs: SqsStandIn, operation: str, permission: str) -> None:
    sqs.answers[operation] = refusal("AccessDeniedException", "not authorized", status=403)
    (fault,) = [finding for finding in told(sqs) if finding.is_fault]
    assert permission in str(fault)


def test_a_key_that_is_denied_is_named(sqs: SqsStandIn) -> None:
    key = "arn:aws:kms:eu-west-1:111122223333:key/abc"
    sqs.answers["ReceiveMessage"] = refusal("KmsAccessDenied", f"not authorized to perform kms:Decrypt on {key}")
    (fault,) = [finding for finding in told(sqs) if finding.is_fault]
    assert f"allow kms:Decrypt on {key}" in str(fault)


def test_a_queue_that_is_gone_is_one_fault(sqs: SqsStandIn) -> None:
    sqs.answers["GetQueueAttributes"] = refusal("QueueDoesNotExist")
    (fault,) = [finding for finding in told(sqs) if finding.is_fault]
    assert "there is no such queue" in str(fault)
    assert sqs.count("ReceiveMessage") == 0
