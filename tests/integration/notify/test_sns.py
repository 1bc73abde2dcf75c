"""An SNS topic for real (moto over HTTP): what subscribers get, and what AWS's refusals mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore import exceptions as boto

from daemon.model import DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify.diagnose import Diagnosis
from daemon.notify.diagnose_sns import diagnose_topic
from daemon.notify.sns import SnsNotifier, sns_requests, subject_line
from daemon.sources.aws import AwsAccess, open_session, open_sns
from tests.doubles.alerts import a_parcel, a_sample, an_alert
from tests.doubles.aws import ACCESS_KEY, REGION, SECRET_KEY, Faults, answer, moto_server, new_session


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic with a queue that listens to it, and what may go wrong with calls."""

    arn: str
    endpoint_url: str
    faults: Faults
    queue_url: str
    sqs: Any

    def client(self, *, has_credentials: bool = True) -> Any:
        access = AwsAccess(
            endpoint_url=self.endpoint_url,
            region=REGION,
            attempts=1,
            new_session=lambda: new_session(self.faults, has_credentials=has_credentials),
        )
        return open_sns(open_session(access), access, region=REGION)

    def notifier(self, *, arn: str | None = None, is_json: bool = False) -> SnsNotifier:
        return SnsNotifier(name="topic", topic_arn=arn or self.arn, open_client=self.client, is_json=is_json)

    def refuse(self, operation: str, code: str, *, status: int, times: int = 10**6) -> None:
        """Answer so in the words of SNS."""
        left = iter(range(times))
        said = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>No</Message></Error>"
        body = f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{said}</ErrorResponse>'.encode()
        self.faults.by_operation[operation] = lambda request: (
            None if next(left, None) is None else answer(request.url, status, body, {"content-type": "text/xml"})
        )

    def received(self) -> list[dict[str, Any]]:
        found = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def topic(endpoint: str, request: pytest.FixtureRequest) -> Topic:
    keys: Any = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
    sns = boto3.client("sns", endpoint_url=endpoint, region_name=REGION, **keys)
    sqs = boto3.client("sqs", endpoint_url=endpoint, region_name=REGION, **keys)
    name = f"t{abs(hash(request.node.name))}"
    arn = sns.create_topic(Name=name)["TopicArn"]
    queue_url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:{name}")
    return Topic(arn=arn, endpoint_url=endpoint, faults=Faults({}, []), queue_url=queue_url, sqs=sqs)


def test_subscribers_get_text_with_a_subject_and_attributes_to_filter_by(topic: Topic) -> None:
    outcome = topic.notifier().send(a_parcel())
    (message,) = topic.received()
    assert outcome == Sent(remote_ref=message["MessageId"])
    assert message["Subject"] == "[HIGH] IAM group deleted"
    assert message["Message"].splitlines()[1] == "alice called iam:DeleteGroup in 111122223333, us-east-1"
    attributes = {name: each["Value"] for name, each in message["MessageAttributes"].items()}
    assert attributes == {
        "alert_id": "alert-1",
        "rule_id": an_alert().rule_id,
        "level": "high",
        "kind": "open",
        "account": "111122223333",
        "region": "us-east-1",
    }


def test_a_summary_has_no_attribute_of_one_alert_among_many(topic: Topic) -> None:
    topic.notifier().send(a_parcel(an_alert(id="a1"), an_alert(id="a2"), kind=DeliveryKind.SUMMARY))
    (message,) = topic.received()
    attributes = {name: each["Value"] for name, each in message["MessageAttributes"].items()}
    assert attributes == {"level": "high", "kind": "summary"}


def test_programs_get_the_webhooks_json(topic: Topic) -> None:
    topic.notifier(is_json=True).send(a_parcel())
    (message,) = topic.received()
    assert json.loads(message["Message"])["alert"]["id"] == "alert-1"


def test_a_fifo_topic_is_given_what_it_drops_repeats_by() -> None:
    arn = "arn:aws:sns:eu-west-1:111122223333:alerts.fifo"
    first, _ = sns_requests(a_parcel(), topic_arn=arn, is_json=False)
    again, _ = sns_requests(a_parcel(attempts=4), topic_arn=arn, is_json=False)
    other, _ = sns_requests(a_parcel(kind=DeliveryKind.SUMMARY), topic_arn=arn, is_json=False)
    assert first["MessageDeduplicationId"] == again["MessageDeduplicationId"] != other["MessageDeduplicationId"]
    assert first["MessageGroupId"] == other["MessageGroupId"]


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        ("[HIGH] Schlüssel → gelöscht", "[HIGH] Schl?ssel ? gel?scht"),
        ("a\r\nBcc: x@example.com\x07", "a  Bcc: x@example.com"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_subject_is_one_line_of_ascii(subject: str, line: str) -> None:
    assert subject_line(subject) == line


@pytest.mark.parametrize("is_json", [True, False])
def test_a_message_stays_below_what_sns_takes(is_json: bool) -> None:
    fields = tuple((f"path{n}" * 40, "\U0001f600" * 100_000) for n in range(100))
    sample = a_sample(fields=fields, summary="\U0001f600" * 100_000)
    group = tuple((f"f{n}", "ü" * 100_000) for n in range(200))
    for form in sns_requests(a_parcel(an_alert(samples=(sample,), group=group)), topic_arn="arn", is_json=is_json):
        assert len(form["Message"].encode()) < 250_000


@pytest.mark.parametrize("kind", [DeliveryKind.DETAILS, DeliveryKind.UPDATE, DeliveryKind.REPLY])
def test_what_says_nothing_new_is_done_without_a_call(topic: Topic, kind: DeliveryKind) -> None:
    assert topic.notifier().send(a_parcel(kind=kind)) == Sent()
    assert topic.faults.requests == []


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("AuthorizationError", 403, "access_denied"),
        ("AccessDenied", 403, "access_denied"),
        ("SomethingNew", 403, "access_denied"),
        ("NotFound", 404, "no_topic"),
        ("KMSAccessDenied", 400, "kms_denied"),
        ("InvalidClientTokenId", 403, "no_credentials"),
        ("ExpiredToken", 403, "no_credentials"),
    ],
)
def test_what_a_person_must_mend_pauses_with_a_hint(topic: Topic, code: str, status: int, reason: str) -> None:
    topic.refuse("Publish", code, status=status)
    outcome = topic.notifier().send(a_parcel())
    assert isinstance(outcome, Pause)
    assert (outcome.reason, topic.faults.requests) == (reason, ["Publish"])
    assert outcome.hint


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [
        ("Throttled", 429, Retry(reason="rate_limited")),
        ("KMSThrottling", 400, Retry(reason="rate_limited")),
        ("InternalError", 500, Retry(reason="server_error")),
        ("SomethingNew", 400, Retry(reason="refused")),
    ],
)
def test_the_rest_is_tried_again_by_the_outbox_alone(
    topic: Topic, code: str, status: int, outcome: SendOutcome
) -> None:
    topic.refuse("Publish", code, status=status)
    assert topic.notifier().send(a_parcel()) == outcome
    assert len(topic.faults.requests) == (2 if outcome == Retry(reason="refused") else 1)


def test_what_is_refused_comes_without_a_word_of_its_event(topic: Topic) -> None:
    topic.refuse("Publish", "InvalidParameter", status=400, times=1)
    assert isinstance(topic.notifier().send(a_parcel()), Sent)
    (message,) = topic.received()
    assert "DeleteGroup" not in message["Message"]
    assert "alerts show alert-1" in message["Message"]


def test_a_topic_that_is_not_there_pauses(topic: Topic) -> None:
    outcome = topic.notifier(arn=topic.arn + "-gone").send(a_parcel())
    assert isinstance(outcome, Pause)
    assert outcome.reason == "no_topic"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (boto.EndpointConnectionError(endpoint_url="http://x"), "unreachable"),
        (boto.NoCredentialsError(), "no_credentials"),
    ],
)
def test_what_never_reached_aws_pauses(topic: Topic, fault: Exception, reason: str) -> None:
    topic.faults.fail("Publish", fault)
    outcome = topic.notifier().send(a_parcel())
    assert isinstance(outcome, Pause)
    assert outcome.reason == reason


def test_an_answer_that_never_comes_may_have_been_taken(topic: Topic) -> None:
    topic.faults.fail("Publish", boto.ReadTimeoutError(endpoint_url="http://x"))
    assert topic.notifier().send(a_parcel()) == Retry(reason="lost_answer")
    assert len(topic.faults.requests) == 1


def test_credentials_that_were_refused_are_looked_for_anew(topic: Topic) -> None:
    clients = iter([topic.client(has_credentials=False), topic.client()])
    notifier = SnsNotifier(name="topic", topic_arn=topic.arn, open_client=lambda: next(clients))
    assert isinstance(notifier.send(a_parcel()), Pause)
    assert isinstance(notifier.send(a_parcel()), Sent)


def diagnosis(topic: Topic, *, arn: str | None = None) -> Diagnosis:
    return diagnose_topic("destination topic", topic_arn=arn or topic.arn, open_client=topic.client)


def test_check_tells_how_many_listen_and_publishes_nothing(topic: Topic) -> None:
    topic.client().get_topic_attributes(TopicArn=topic.arn)
    (fact,) = diagnosis(topic).facts or diagnosis(topic).doubts
    assert "confirmed subscription" in fact
    assert "Publish" not in topic.faults.requests


def test_check_tells_of_a_topic_that_is_not_there(topic: Topic) -> None:
    (problem,) = diagnosis(topic, arn=topic.arn + "-gone").problems
    assert "no topic" in problem.what


def test_check_needs_no_right_to_ask(topic: Topic) -> None:
    topic.refuse("GetTopicAttributes", "AuthorizationError", status=403)
    found = diagnosis(topic)
    assert (found.problems, len(found.doubts)) == ((), 1)
    topic.faults.fail("GetTopicAttributes", boto.ReadTimeoutError(endpoint_url="http://x"))
    assert len(diagnosis(topic).doubts) == 1


@pytest.mark.parametrize("is_json", [False, True])
def test_the_bare_form_can_still_be_filtered_by_and_says_nothing_of_the_event(is_json: bool) -> None:
    full, bare = (form["MessageAttributes"] for form in sns_requests(a_parcel(), topic_arn="arn", is_json=is_json))
    assert bare == {name: full[name] for name in ("kind", "level")}
    assert set(full) > set(bare)
