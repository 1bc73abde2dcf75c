"""Queue policies: who is let in by which, careless ones and those of docs/queues.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daemon.sources.queue_policy import Opening, openings

ARN = {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::example-trail-bucket"}}
S3 = {"Service": "s3.amazonaws.com"}
EVERYBODY = [Opening(statement="S")]


def policy(principal: Any, condition: Any = None, **more: Any) -> str:
    statement = {"Sid": "S", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Principal": principal}
    statement |= {"Condition": condition} if condition is not None else {}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


@pytest.mark.parametrize(
    "text",
    [
        policy("*"),
        policy({"AWS": "*"}),
        policy({"AWS": ["arn:aws:iam::111122223333:root", "*"]}),
        policy({"Service": "*"}),
        policy("*", {}),
        policy("*", {"Bool": {"aws:SecureTransport": "true"}}),
        policy("*", {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}),
        policy("*", {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}),
        policy("*", {"StringLike": {"aws:SourceArn": "*"}}),
        policy("*", {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::mine", "arn:aws:s3:::*"]}}),
        *(
            policy("*", {"ArnLike": {"aws:SourceArn": arn}})
            for arn in ("arn:*", "arn:*:s3:::*", "arn:aws-us-gov:s3:::*", "arn:aws:s3:*:*:*", "arn:aws:sns:*:*:*")
        ),
        policy("*", {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/mine"}}),
        policy("*", {"StringLike": {"aws:SourceAccount": "????????????"}}),
        policy("*", Action=["sqs:GetQueueUrl", "SQS:Send*"]),
        policy("*", Action=None, NotAction="sqs:DeleteQueue"),
        policy("*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        policy("*", {"StringEquals": {"aws:SourceAccount": []}}),
        policy("*", {"StringEquals": {"aws:PrincipalTag/team": "x"}}),
        policy("*", {"StringEquals": "aws:SourceAccount"}),
    ],
)
def test_everybody_is_let_in(text: str) -> None:
    assert openings(text) == EVERYBODY


def test_everybody_but_somebody_is_everybody() -> None:
    text = policy(None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"})
    assert openings(text) == EVERYBODY


@pytest.mark.parametrize(
    "text",
    [
        policy("*", ARN),
        policy({"AWS": "*"}, {"StringEquals": {"AWS:SourceAccount": "111122223333"}}),
        policy({"AWS": "*"}, {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/*"]}}),
        policy("*", {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}),
        policy("*", {"Bool": {"aws:SecureTransport": "true"}, **ARN}),
        policy({"AWS": "arn:aws:iam::111122223333:root"}),
        policy({"AWS": "arn:aws:iam::111122223333:role/sender"}),
        policy(S3, ARN),
        policy("*", Effect="Deny"),
        policy("*", Action="sqs:GetQueueUrl"),
        policy(S3, {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:example-trail-bucket"}}),
        policy("*", {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:111122223333:rule/*"}}),
    ],
)
def test_who_is_named_or_pinned_is_no_opening(text: str) -> None:
    assert openings(text) == []


def test_what_another_statement_denies_to_strangers_is_no_opening() -> None:
    allow = json.loads(policy("*"))["Statement"]
    pin = {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    deny = json.loads(policy({"AWS": "*"}, pin, Effect="Deny", Action="sqs:*"))["Statement"]
    assert openings(json.dumps({"Statement": allow + deny})) == []
    of_something_else = [{**deny[0], "Action": "sqs:ReceiveMessage"}]
    of_somebody_else = [{**deny[0], "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}]
    for other in (of_something_else, of_somebody_else):
        assert openings(json.dumps({"Statement": allow + other})) == EVERYBODY


def test_a_service_that_is_not_pinned_sends_for_anybody() -> None:
    both = {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]}
    assert [each.service for each in openings(policy(both))] == ["s3.amazonaws.com", "sns.amazonaws.com"]


def test_a_statement_without_a_name_is_told_by_its_number_and_may_stand_alone() -> None:
    alone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    assert openings(json.dumps({"Statement": alone})) == [Opening(statement="number 1")]
    assert openings(json.dumps({"Statement": [{**alone, "Effect": "Deny"}, alone]})) == [Opening(statement="number 2")]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"Statement": ["x", null]}', '{"Statement": null}', "[" * 10**5]
)
def test_what_is_no_policy_has_no_openings(text: str) -> None:
    assert openings(text) == []


@pytest.mark.parametrize("path", sorted(Path("deploy/queues").glob("*-policy*.json")), ids=lambda path: path.name)
def test_the_policies_that_the_page_shows_let_in_one_sender(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["Statement"]
    assert openings(text) == []
