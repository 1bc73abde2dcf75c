"""A file's end and its name's promise, and what is said of it."""

from __future__ import annotations

import pytest

from daemon.commands.replay.judge import ReadInPart, judge
from daemon.model import ObjectResult, ObjectState
from daemon.sources.inputs.found import NotRead, PassedOver, Promise, Readable
from daemon.trail.gzip_stream import MAGIC
from tests.doubles.state_values import log_object

EVENTS, JSON, PERHAPS = Promise
PLAIN = b"hello world"


def file(url: str = "file:/k", *, promise: Promise = Promise.EVENTS) -> Readable:
    return Readable(url=url, object=log_object(), promise=promise, read=bytes)


def result(reason: str | None = None, *, events: int = 0, rejects: int = 0) -> ObjectResult:
    state = ObjectState.QUARANTINED if reason else ObjectState.DONE
    return ObjectResult(row_id=None, object=log_object(), state=state, reason=reason, events=events, rejects=rejects)


@pytest.mark.parametrize(
    ("promise", "outcome", "kind"),
    [
        (EVENTS, result(events=1), None),
        (EVENTS, result(), None),
        (EVENTS, result("no_records"), NotRead),
        (EVENTS, result("digest_file"), NotRead),
        (JSON, result("no_records"), PassedOver),
        (JSON, result("digest_file"), PassedOver),
        (JSON, result("not_json"), NotRead),
        (JSON, result("truncated"), NotRead),
        (JSON, result("undecodable_record", events=2, rejects=1), ReadInPart),
        (PERHAPS, result("not_json"), PassedOver),
        (PERHAPS, result("no_records"), PassedOver),
        (PERHAPS, result("too_large"), NotRead),
        (PERHAPS, result("truncated"), NotRead),
        (PERHAPS, result("truncated", events=2), ReadInPart),
        (PERHAPS, result("truncated", rejects=2), ReadInPart),
    ],
)
def test_what_a_file_promised_decides_whether_a_fault_counts(
    promise: Promise, outcome: ObjectResult, kind: type | None
) -> None:
    told = judge(file(promise=promise), outcome, data=b"{")
    assert (type(told) if told else None) is kind


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (result("truncated", events=2), "truncated"),
        (result("truncated", events=2, rejects=1), "truncated, 1 record rejected"),
        (result("undecodable_record", rejects=1_200), "undecodable_record, 1,200 records rejected"),
    ],
)
def test_a_file_read_in_part_says_why_and_what_was_rejected(outcome: ObjectResult, reason: str) -> None:
    told = judge(file(), outcome, data=b"{")
    assert told == ReadInPart(url="file:/k", reason=reason)


@pytest.mark.parametrize(
    ("url", "data", "reason"),
    [
        ("file:/hello", PLAIN, "not_json"),
        ("file:/hello.json", PLAIN, "not_json"),
        ("file:/hello.json.gz", PLAIN, "bad_gzip"),
        ("file:/HELLO.GZIP", PLAIN, "bad_gzip"),
        ("file:/hello", MAGIC + PLAIN, "bad_gzip"),
        ("file:/hello.gz", b"", "empty"),
    ],
)
def test_only_what_begins_like_gzip_or_is_named_so_is_broken_gzip(url: str, data: bytes, reason: str) -> None:
    assert judge(file(url), result("bad_gzip"), data=data) == NotRead(url=url, reason=reason)


@pytest.mark.parametrize("promise", [JSON, PERHAPS])
def test_what_is_passed_over_says_why(promise: Promise) -> None:
    told = judge(file(promise=promise), result("no_records"), data=b"{}")
    assert told == PassedOver(url="file:/k", reason="holds no CloudTrail events (no_records)")
    told = judge(file(promise=promise), result("bad_gzip"), data=b"")
    assert told == PassedOver(url="file:/k", reason="holds no CloudTrail events (empty)")
