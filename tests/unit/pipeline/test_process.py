"""One log file from bytes to a result: the user's own source document, odd files, undecodable records."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from daemon.condition import Number
from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from daemon.detect.undecodable import UNDECODABLE
from daemon.model import ObjectState
from daemon.pipeline import GROUPS_A_RULE, MATCHES_A_RULE, RECORD_BYTES, parse_time, process
from tests.doubles.conditions import Explosive, field, rule
from tests.doubles.rule_text import rule_text
from tests.doubles.state_values import log_object

SOURCE_DOCUMENT = {
    "eventVersion": "1.08",
    "userIdentity": {
        "type": "Root",
        "principalId": "111122223333",
        "arn": "arn:aws:iam::111122223333:root",
        "accountId": "111122223333",
        "sessionContext": {"attributes": {"mfaAuthenticated": "true"}},
    },
    "eventTime": "2026-03-02T09:12:44Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "DeleteGroup",
    "awsRegion": "us-east-1",
    "requestParameters": {"groupName": "testgroup"},
    "responseElements": None,
    "eventID": "8a9c5c46-0f89-54e5-9ee9-4d0edd5771db",
    "recipientAccountId": "111122223333",
}
SUMMARY = 'trailwarden: {summary: "{actor} deleted IAM group {requestParameters.groupName}"}'


def ruleset(text: bytes = rule_text(more=SUMMARY)) -> RuleSet:
    return RuleSet(load_file("rule.yml", text, variables={}).rules)


def run(content: bytes, rules: RuleSet | None = None, **options: Any) -> Any:
    return process(log_object(), gzip.compress(content), ruleset=rules or ruleset(), max_bytes=2**24, **options)


def test_the_source_document_is_one_object_and_matches() -> None:
    processed = run(json.dumps({"Records": SOURCE_DOCUMENT}).encode())
    (match,) = processed.result.matches

    assert processed.result.state is ObjectState.DONE
    assert (processed.result.events, processed.result.rejects) == (1, 0)
    assert match.summary == "root of 111122223333 deleted IAM group testgroup"
    assert match.group == (
        ("recipientAccountId", "111122223333"),
        ("derived.principal", "arn:aws:iam::111122223333:root"),
    )
    assert match.event.id == "8a9c5c46-0f89-54e5-9ee9-4d0edd5771db"
    assert match.event.time == "2026-03-02T09:12:44Z"
    assert match.event.at == datetime(2026, 3, 2, 9, 12, 44, tzinfo=UTC)
    assert ("eventName", "DeleteGroup") in match.fields
    assert processed.newest_at == match.event.at


def test_an_event_without_an_id_is_named_by_its_bytes() -> None:
    raw = json.dumps({key: value for key, value in SOURCE_DOCUMENT.items() if key != "eventID"}).encode()
    (match,) = run(b'{"Records":[' + raw + b"]}").result.matches

    assert match.event.id == f"sha256:{hashlib.sha256(raw).hexdigest()}"


def test_a_truncated_file_is_quarantined_with_its_good_records_evaluated() -> None:
    whole = gzip.compress(json.dumps({"Records": [SOURCE_DOCUMENT] * 3}).encode())
    processed = process(log_object(), whole[:-20], ruleset=ruleset(), max_bytes=2**20)

    assert processed.result.state is ObjectState.QUARANTINED
    assert processed.result.reason == "truncated"
    assert processed.result.matches


def test_an_undecodable_record_alerts_and_its_neighbours_are_evaluated() -> None:
    good = json.dumps(SOURCE_DOCUMENT).encode()
    bad = b'{"eventVersion":"1.08","eventName":"StopLogging","recipientAccountId":"444455556666","x":truu}'
    result = run(b'{"Records":[' + bad + b"," + good + b"]}").result

    told = {match.rule.id: match for match in result.matches}
    assert result.state is ObjectState.QUARANTINED
    assert result.reason == "undecodable_record"
    assert (result.events, result.rejects) == (1, 1)
    assert set(told) == {UNDECODABLE.id, ruleset().rules[0].id}
    assert "StopLogging" in told[UNDECODABLE.id].summary
    assert told[UNDECODABLE.id].group[0] == ("recipientAccountId", "444455556666")


def test_a_rule_that_raises_sets_the_file_aside_with_the_matches_of_the_others() -> None:
    bad = rule(field("requestParameters.count", Number(value=Explosive(7))), "bad")
    rules = RuleSet([bad, rule(field("eventName", "DeleteGroup"), "good")])
    processed = run(json.dumps({"Records": [SOURCE_DOCUMENT, {"requestParameters": {"count": 8}}]}).encode(), rules)

    assert (processed.result.state, processed.result.reason) == (ObjectState.QUARANTINED, "rule_error")
    assert [match.rule.id for match in processed.result.matches] == ["good"]
    assert processed.rule_errors == {"bad": 1}


def test_a_bomb_is_quarantined_unread() -> None:
    result = run(b'{"Records":[' + b" " * 2**25 + b"]}").result

    assert (result.state, result.reason, result.events) == (ObjectState.QUARANTINED, "too_large", 0)


def test_what_an_alert_keeps_of_a_huge_event_is_bounded() -> None:
    (match,) = run(json.dumps({"Records": [SOURCE_DOCUMENT | {"userAgent": "x" * 500_000}]}).encode()).result.matches

    assert len(json.dumps(match.record)) <= RECORD_BYTES * 2


def test_secrets_are_masked_before_a_match_leaves() -> None:
    event = SOURCE_DOCUMENT | {"requestParameters": {"groupName": "g", "password": "hunter2-hunter2"}}
    (match,) = run(json.dumps({"Records": [event]}).encode()).result.matches

    assert "hunter2" not in json.dumps(match.record)


def test_a_record_that_lacks_its_account_is_grouped_by_the_account_of_its_file() -> None:
    event = {key: value for key, value in SOURCE_DOCUMENT.items() if key != "recipientAccountId"}
    (match,) = run(json.dumps({"Records": [event]}).encode()).result.matches

    assert match.group[0] == ("recipientAccountId", log_object().account)


def test_odd_values_in_grouping_fields_cost_nothing() -> None:
    rules = ruleset(rule_text(more="trailwarden: {group_by: [requestParameters, eventName, errorCode, resources.ARN]}"))
    event = SOURCE_DOCUMENT | {"resources": [{"ARN": "b"}, {"ARN": "a"}, {"ARN": "a\x00\ud800"}]}
    (match,) = run(json.dumps({"Records": [event]}).encode(), rules).result.matches

    assert match.group == (
        ("requestParameters", ""),
        ("eventName", "DeleteGroup"),
        ("errorCode", ""),
        ("resources.ARN", "a, a\ufffd, b"),
    )


def test_a_digest_in_the_place_of_a_log_file_is_quarantined() -> None:
    result = run(json.dumps({"digestStartTime": "2026-03-02T09:00:00Z", "logFiles": []}).encode()).result

    assert (result.state, result.reason) == (ObjectState.QUARANTINED, "digest_file")


def test_every_reject_is_counted_also_where_only_some_are_kept() -> None:
    bad = b'{"eventName":"StopLogging","x":truu}'
    processed = run(b'{"Records":[' + b",".join([bad] * 1_500) + b"]}")

    assert processed.result.rejects == 1_500


def test_the_records_before_a_file_grew_too_large_are_evaluated() -> None:
    good = json.dumps(SOURCE_DOCUMENT).encode()
    result = run(b'{"Records":[' + good + b"," + b" " * 2**25 + good + b"]}").result

    assert (result.state, result.reason) == (ObjectState.QUARANTINED, "too_large")
    assert [match.event.name for match in result.matches] == ["DeleteGroup"]


def test_grouping_by_a_boolean_speaks_of_it_as_the_event_does() -> None:
    rules = ruleset(rule_text(more="trailwarden: {group_by: [readOnly]}"))
    (match,) = run(json.dumps({"Records": [SOURCE_DOCUMENT | {"readOnly": False}]}).encode(), rules).result.matches

    assert match.group == (("readOnly", "false"),)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T09:12:44Z", datetime(2026, 3, 2, 9, 12, 44, tzinfo=UTC)),
        ("2026-03-02T09:12:44", datetime(2026, 3, 2, 9, 12, 44, tzinfo=UTC)),
        ("2026-03-02T10:12:44+01:00", datetime(2026, 3, 2, 9, 12, 44, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_aware_utc_or_nothing(text: str | None, moment: datetime | None) -> None:
    assert parse_time(text) == moment


def many(count: int, **changes: Any) -> bytes:
    """A file of so many events that match, cheap to make."""
    one = json.dumps(SOURCE_DOCUMENT | changes)
    return json.dumps({"Records": []}).replace("[]", f"[{','.join([one] * count)}]").encode()


def test_a_file_full_of_matches_keeps_so_many_and_counts_the_rest() -> None:
    result = run(many(MATCHES_A_RULE + 500)).result

    assert (len(result.matches), result.left_out) == (MATCHES_A_RULE, 500)
    assert result.events == MATCHES_A_RULE + 500


def test_decoys_hide_nobody_who_comes_after_them() -> None:
    decoys = many(MATCHES_A_RULE + 10)[:-2]
    other = json.dumps(SOURCE_DOCUMENT | {"recipientAccountId": "444455556666", "eventID": "the-one"}).encode()
    result = run(decoys + b"," + other + b"]}").result

    assert result.matches[-1].event.id == "the-one"
    assert result.left_out == 10


def test_groups_without_end_are_bounded_too() -> None:
    count = MATCHES_A_RULE + GROUPS_A_RULE
    accounts = (json.dumps(SOURCE_DOCUMENT | {"recipientAccountId": f"{number:012}"}) for number in range(count))
    result = run(f'{{"Records":[{",".join(accounts)}]}}'.encode()).result

    assert len(result.matches) == GROUPS_A_RULE
    assert result.left_out == MATCHES_A_RULE


ODD = {
    "a log": json.dumps({"Records": [SOURCE_DOCUMENT]}).encode(),
    "something behind the records": json.dumps({"Records": [SOURCE_DOCUMENT], "more": "x" * 600_000}).encode(),
    "no JSON": b"no json at all" * 50_000,
    "no records": b'{"other": 1}',
    "a record that cannot be decoded": b'{"Records": [{"a": 1e999}, {"b": "\xff"}]}',
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_what_digests_vouch_for_is_the_hash_of_all_of_the_content(content: bytes) -> None:
    assert run(content, is_hashed=True).result.sha256 == hashlib.sha256(content).hexdigest()
    assert run(content).result.sha256 is None


def test_a_file_with_something_behind_its_content_has_no_hash() -> None:
    data = gzip.compress(ODD["a log"]) + b"x"
    processed = process(log_object(), data, ruleset=ruleset(), max_bytes=2**24, is_hashed=True)
    assert (processed.result.sha256, processed.result.reason) == (None, "trailing_bytes")
