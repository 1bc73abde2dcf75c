"""Objects made to cost memory or work: what is kept and looked at is bounded, and no match is lost."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterable
from typing import Any

from daemon.detect.load import load_file
from daemon.detect.ruleset import RuleSet
from daemon.detect.undecodable import UNDECODABLE
from daemon.model import Match
from daemon.pipeline import DETAILS_BYTES, LEFT_OUT, LOOKED_BYTES, Processed, process
from daemon.pipeline.caps import NAMES_BYTES
from daemon.pipeline.weight import weight_of_json
from tests.doubles.rule_text import rule_text
from tests.doubles.state_values import log_object

MEGABYTE = 1 << 20
RULES = RuleSet(load_file("rule.yml", rule_text(), variables={}).rules)
KEYWORD = """\
title: A word
id: 0b6d1f2c-3a4e-4f5b-8c7d-000000000001
status: test
logsource: {product: aws, service: cloudtrail}
detection: {words: [needle], condition: words}
"""


def event(number: int, **fields: Any) -> dict[str, Any]:
    """One that the rule matches."""
    return {
        "eventVersion": "1.11",
        "eventID": f"event-{number:05}",
        "eventTime": "2026-03-02T08:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteGroup",
        "awsRegion": "us-east-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice"},
        **fields,
    }


def run(events: Iterable[dict[str, Any]], rules: RuleSet = RULES) -> Processed:
    content = json.dumps({"Records": list(events)}, separators=(",", ":")).encode()
    return process(log_object(), gzip.compress(content), ruleset=rules, max_bytes=1 << 30)


def told(matches: Iterable[Match]) -> list[bool]:
    """Which have details."""
    return [bool(match.record) for match in matches]


def test_a_file_of_matched_records_never_has_two_of_them_in_memory() -> None:
    """A kilobyte of gzip that decodes to megabytes of objects, again and again."""
    large = [event(number, requestParameters={"a": [{"a": "b"}] * 9_000}) for number in range(20)]
    data = gzip.compress(json.dumps({"Records": large}, separators=(",", ":")).encode())
    tracemalloc.start()
    processed = process(log_object(), data, ruleset=RULES, max_bytes=1 << 30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(processed.result.matches) == 20
    assert peak < 15 * MEGABYTE  # twenty decoded records are 47 MB, one is 2.3


def test_only_so_much_of_one_file_is_masked_and_no_match_is_lost() -> None:
    large = [event(number, userAgent="x" * MEGABYTE) for number in range(20)]
    matches = run(large).result.matches
    looked = LOOKED_BYTES // 2 // MEGABYTE
    assert [match.event.id for match in matches] == [one["eventID"] for one in large]
    assert told(matches)[: looked - 1] == [True] * (looked - 1)
    assert told(matches)[looked + 1 :] == [False] * (20 - looked - 1)


def test_a_match_without_details_says_who_did_what_and_that_there_is_more() -> None:
    large = [event(number, userAgent="x" * MEGABYTE, errorCode="Throttled") for number in range(20)]
    last = run(large).result.matches[-1]
    assert last.summary == f"alice failed to call iam:DeleteGroup in 111122223333, us-east-1 (Throttled). {LEFT_OUT}"
    assert (last.fields, last.record) == ((), {})
    assert last.group[0] == ("recipientAccountId", "111122223333")
    assert last.event.time == "2026-03-02T08:00:00Z"


def test_whoever_comes_after_a_noisy_group_still_has_details() -> None:
    noise = [event(number, userAgent="x" * MEGABYTE) for number in range(12)]
    matches = run([*noise, event(99, recipientAccountId="444455556666")]).result.matches
    assert told(matches)[-2:] == [False, True]


def test_groups_without_end_use_up_the_details_too() -> None:
    large = [event(number, userAgent="x" * MEGABYTE, recipientAccountId=f"{number:012}") for number in range(20)]
    assert told(run(large).result.matches)[-1] is False


def test_what_is_kept_is_bounded_by_what_it_takes_in_memory() -> None:
    """Empty lists: three bytes of JSON, sixty of memory."""
    shape: Any = {"a": [[[[]] * 450] * 14]}
    processed = run(event(number, requestParameters=shape) for number in range(300))
    detailed = told(processed.result.matches)
    assert (detailed[0], detailed[-1]) == (True, False)
    assert sum(detailed) * weight_of_json(processed.result.matches[0].record) < DETAILS_BYTES // 2 + MEGABYTE
    assert processed.held_bytes < DETAILS_BYTES // 2 + 2 * MEGABYTE


def test_the_fields_of_a_match_are_bounded_however_long_their_paths() -> None:
    rules = RuleSet(load_file("rule.yml", KEYWORD.encode(), variables={}).rules)
    deep: Any = {f"k{number}": f"needle {number}" for number in range(400)}
    for _ in range(25):
        deep = {"x" * 200: deep}
    (match,) = run([event(1, requestParameters=deep)], rules).result.matches
    assert 5 < len(match.fields) < 20


def test_what_names_matches_is_bounded_and_hides_no_rule() -> None:
    other = KEYWORD.replace("[needle]", "{eventName: StopLogging}")
    rules = RuleSet([*RULES.rules, *load_file("rule.yml", other.encode(), variables={}).rules])
    long = ({"eventSource": "\U0001f600" * 1_000, "awsRegion": "\U0001f600" * 1_000} for _ in range(1_300))
    noise = [event(n, recipientAccountId=f"{n:012}" + "\U0001f600" * 900, **more) for n, more in enumerate(long)]
    processed = run([*noise, event(1, eventID="the-one", eventName="StopLogging")], rules)
    assert processed.held_bytes < NAMES_BYTES + DETAILS_BYTES + MEGABYTE
    assert processed.result.matches[-1].event.id == "the-one"
    assert processed.result.left_out == 1_301 - len(processed.result.matches) > 0


def test_the_details_of_undecodable_records_are_bounded_as_well() -> None:
    text = json.dumps(event(1, sourceIPAddress="x" * 2_000)).encode()
    bad = b",".join([text[:-1] + b',"pad":"' + b"x" * 70_000 + b'","x":truu}'] * 400)
    data = gzip.compress(b'{"Records":[' + bad + b"]}")
    matches = process(log_object(), data, ruleset=RULES, max_bytes=1 << 30).result.matches
    assert {match.rule for match in matches} == {UNDECODABLE}
    assert len(matches) == 400
    assert (told(matches)[0], told(matches)[-1]) == (True, False)
    assert "DeleteGroup by alice" in matches[-1].summary
