"""What goes between the daemon and the processes that evaluate comes over as it was, and small."""

from __future__ import annotations

import gzip
import json
import pickle
import socket
import threading
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from daemon.detect.ruleset import RuleSet
from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import LogObject
from daemon.pipeline import process
from daemon.service.wire import Answer, Ended, Wire, heads_of, number_of, number_rules, read_answer, write_answer
from tests.doubles.conditions import field, rule
from tests.doubles.daemons import event

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
OBJECT = LogObject(
    bucket="trail",
    key="AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/04/111122223333_CloudTrail_us-east-1_20260504T1200Z_A.json.gz",
    account="111122223333",
    region="us-east-1",
    org_id=None,
    kind="CloudTrail",
    stamped_at=NOON,
    unique="A",
    size=10,
    etag="",
    last_modified=NOON + timedelta(minutes=5),
    url="s3://trail/AWSLogs/A",
)
RULES = RuleSet([rule(field("eventName", "DeleteGroup"), "deleted")])


@pytest.fixture
def ends() -> Iterator[tuple[Wire, Wire]]:
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(5)
        yield Wire(one), Wire(other)


def result_of(*events: object) -> Answer:
    data = gzip.compress(json.dumps({"Records": events}).encode())
    return Answer(
        number=7, outcome=process(OBJECT, data, ruleset=RULES, max_bytes=10**6, row_id=3), requests={"GetObject": 2}
    )


def test_a_result_comes_over_as_it_was_and_its_rule_is_the_very_one_here() -> None:
    answer = result_of(event(1), event(2), event(3, eventName="ListUsers"))
    message = write_answer(answer, number_rules(RULES))
    read = read_answer(message, OBJECT, heads_of(RULES))
    assert read == answer
    assert number_of(message) == 7
    assert not isinstance(read.outcome, SourceUnavailable)
    assert len(read.outcome.result.matches) == 2
    assert all(match.rule is RULES.rules[0] for match in read.outcome.result.matches)
    assert read.outcome.result.object is OBJECT


def test_neither_rules_nor_the_object_are_sent_with_a_result() -> None:
    message = write_answer(result_of(event(1)), number_rules(RULES))
    assert b"AWSLogs/111122223333" not in message
    assert b"FieldTest" not in message


def test_a_record_that_cannot_be_decoded_comes_over_with_the_rule_that_says_so() -> None:
    data = gzip.compress(b'{"Records": [{"eventName": "DeleteTrail", "x": 1e999}, {"eventName": "\xff"}]}')
    answer = Answer(number=1, outcome=process(OBJECT, data, ruleset=RULES, max_bytes=10**6), requests={})
    assert read_answer(write_answer(answer, number_rules(RULES)), OBJECT, heads_of(RULES)) == answer


def test_a_refusal_keeps_its_reason_and_its_words() -> None:
    refusal = SourceUnavailable("s3://trail/x: denied", reason=EnvironmentReason.KMS_DENIED)
    read = read_answer(write_answer(Answer(number=1, outcome=refusal, requests={}), {}), OBJECT, ())
    assert isinstance(read.outcome, SourceUnavailable)
    assert (str(read.outcome), read.outcome.reason) == ("s3://trail/x: denied", EnvironmentReason.KMS_DENIED)


def test_messages_arrive_whole_and_in_order_however_the_socket_cuts_them(ends: tuple[Wire, Wire]) -> None:
    one, other = ends
    sent = [b"a" * size for size in (0, 1, 70_000, 3)]
    sending = threading.Thread(target=lambda: deque(map(one.send, sent), maxlen=0))
    sending.start()
    found: list[bytes] = []
    while len(found) < len(sent):
        found += other.receive()
    sending.join()
    assert found == sent


def test_the_end_of_the_other_side_is_told_also_in_the_middle_of_a_message(ends: tuple[Wire, Wire]) -> None:
    one, other = ends
    other._connection.sendall((100).to_bytes(8, "big") + b"half")
    other.close()
    assert one.receive() == []
    with pytest.raises(Ended):
        one.receive()
    with pytest.raises(Ended):
        one.send(b"x")


def test_rules_come_over_as_they_were() -> None:
    assert pickle.loads(pickle.dumps(RULES.rules)) == RULES.rules
