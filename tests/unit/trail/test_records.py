from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.trail.faults import ReadFault, RejectReason
from daemon.trail.parts import Run, Single
from daemon.trail.record import DEEPEST_RECORD, Undecodable, decode_record, reject
from daemon.trail.records import RUN_BYTES, read_records

decode = msgspec.json.Decoder(list[dict[str, Any]]).decode


def read(content: bytes | Iterable[bytes]) -> tuple[list[bytes], list[ReadFault]]:
    """The records' bytes, and the faults."""
    raws: list[bytes] = []
    faults = []
    for part in read_records((content,) if isinstance(content, bytes) else content, decode):
        if isinstance(part, Run):
            assert len(part.items) == len(part.split())
            raws += map(bytes, part.split())
        elif isinstance(part, Single):
            raws.append(part.raw)
        else:
            faults.append(part)
    return raws, faults


def event(number: int, **more: object) -> bytes:
    return json.dumps({"eventVersion": "1.11", "eventName": f"Call{number}", **more}, separators=(",", ":")).encode()


EVENTS = [event(number, note="x" * 900) for number in range(200)]
FILE = b'{"Records":[%b]}' % b",".join(EVENTS)


def test_a_file_as_cloudtrail_writes_it_is_read_in_runs() -> None:
    parts = list(read_records((FILE,), decode))
    assert all(isinstance(part, Run) for part in parts)
    assert len(FILE) / RUN_BYTES / 2 < len(parts) < len(FILE) / RUN_BYTES + 1
    assert read(FILE) == (EVENTS, [])


def test_records_around_some_are_those_that_the_whole_run_splits_into() -> None:
    nested = event(1, requestParameters=[json.loads(event(2)), json.loads(event(3))] * 20)
    records = [*EVENTS[:20], nested, *[event(number) for number in range(9)], *EVENTS[20:30]]
    text = b"[%b]" % b",".join(records)
    run = Run(decode(text), text)
    for first in range(len(records)):
        for last in range(first, len(records)):
            start, found = run.split_around(first, last)
            assert start <= first
            assert last < start + len(found)
            assert list(map(bytes, found)) == records[start : start + len(found)]
    end = len(records) - 1
    assert len(run.split_around(0, 0)[1]) < len(records) / 2
    assert len(run.split_around(end, end)[1]) < len(records) / 2


@settings(max_examples=50)
@example([12_416, 12_416])  # an empty piece is not the end
@given(st.lists(st.integers(0, len(FILE)), max_size=6))
def test_the_pieces_it_comes_in_do_not_matter(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(FILE)]
    pieces = [FILE[start:end] for start, end in pairwise(bounds)]
    assert read(pieces) == (EVENTS, [])


def test_tiny_pieces_and_records_larger_than_a_piece_are_put_together() -> None:
    assert read(FILE[start : start + 7_000] for start in range(0, len(FILE), 7_000)) == (EVENTS, [])
    assert read(FILE[start : start + 100] for start in range(0, len(FILE), 100)) == (EVENTS, [])
    assert read(bytes([byte]) for byte in FILE[:1] + FILE[1:12] + EVENTS[0] + b"]}") == (EVENTS[:1], [])


@pytest.mark.parametrize(
    ("content", "raws"),
    [
        (b'{"Records":[]}', []),
        (b'{"Records":[ ]}', []),
        (b'\xef\xbb\xbf{"Records":[{"a":1}]}\n', [b'{"a":1}']),
        (b'{\n  "Records" : [\n {"a": 1},\n {"b": 2}\n ]\n}\n', [b'{"a": 1}', b'{"b": 2}']),
        (b'{"Records":{"a":1}}', [b'{"a":1}']),
        (b'{"Records": {"a":1}, "other": [1]}', [b'{"a":1}']),
        (b'{"other":[{"Records":3}],"Records":[{"a":1}]}', [b'{"a":1}']),
        (b'{"Records":[{"a":1}],"other":[{"b":2}]}', [b'{"a":1}']),
        (rb'{"\u0052ecords":[{"a":1}]}', [b'{"a":1}']),
        (b'{"a\\":1,"Records":[{"a":1}]}', None),
    ],
)  # fmt: skip
def test_other_shapes_of_a_log_file_are_read_too(content: bytes, raws: list[bytes] | None) -> None:
    if raws is None:
        assert read(content) == ([], [ReadFault.NOT_JSON])
    else:
        assert read(content) == (raws, [])


@pytest.mark.parametrize(
    ("content", "raws", "fault"),
    [
        (b"", [], ReadFault.NOT_JSON),
        (b"hello", [], ReadFault.NOT_JSON),
        (b'{"a":', [], ReadFault.NOT_JSON),
        (b"[]", [], ReadFault.NO_RECORDS),
        (b"{}", [], ReadFault.NO_RECORDS),
        (b'{"Records":null}', [], ReadFault.NO_RECORDS),
        (b'{"Records":"x"}', [], ReadFault.NO_RECORDS),
        (rb'{"\ud800":1}', [], ReadFault.NOT_JSON),
        (b'{"digestStartTime":"2026-03-02T08:00:00Z","logFiles":[]}', [], ReadFault.DIGEST_FILE),
        (b'{"Records":[{"a":1}],"Records":[{"b":2}]}', [b'{"a":1}', b'{"b":2}'], ReadFault.DUPLICATE_RECORDS),
        (b'{"Records":[{"a":1}],"x":0,"Records":{"b":2}}', [b'{"a":1}', b'{"b":2}'], ReadFault.DUPLICATE_RECORDS),
        (b'{"Records":{"a":1},"Records":[{"b":2}]}', [b'{"a":1}', b'{"b":2}'], ReadFault.DUPLICATE_RECORDS),
        (b'{"Records":[{"a":1}]}\n{"Records":[{"b":2}]} ', [b'{"a":1}', b'{"b":2}'], ReadFault.DUPLICATE_RECORDS),
        (b'{"Records":[]}{"Records":[{"b":2}]}', [b'{"b":2}'], ReadFault.DUPLICATE_RECORDS),
        (b'{"Records":[', [], ReadFault.TRUNCATED),
        (b'{"Records":[{"a":1}', [b'{"a":1}'], ReadFault.TRUNCATED),
        (b'{"Records":[{"a":1}]', [b'{"a":1}'], ReadFault.TRUNCATED),
        (b'{"Records":[{"a":1},', [b'{"a":1}'], ReadFault.TRUNCATED),
        (b'{"Records":[{"a":1},{"b":[2]}', [b'{"a":1}', b'{"b":[2]}'], ReadFault.TRUNCATED),
        (b'{"Records":[{"a":1},{"b":"2', [b'{"a":1}', b'{"b":"2'], ReadFault.TRUNCATED),
        (b'{"x":1,"Records":[{"a":1},{"b":', [b'{"a":1}', b'{"b":'], ReadFault.TRUNCATED),
        (b'{"x":1,"Records":[{"a":[1]', [b'{"a":[1]'], ReadFault.TRUNCATED),
    ],
)  # fmt: skip
def test_a_fault_of_the_shape_is_told_and_costs_no_record(content: bytes, raws: list[bytes], fault: ReadFault) -> None:
    assert read(content) == (raws, [fault])


BROKEN = {
    "a lone surrogate": b'{"eventVersion":"1.11","note":"\\ud800"}',
    "a raw control character": b'{"eventVersion":"1.11","note":"\x07"}',
    "bad UTF-8": b'{"eventVersion":"1.11","note":"\xff"}',
    "deep nesting": b'{"eventVersion":"1.11","note":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "an unknown escape": b'{"eventVersion":"1.11","note":"\\q"}',
    "an unknown word": b'{"eventVersion":"1.11","note":NaN}',
    "a number": b"7",
    "a text with a comma": b'"a,b"',
    "a missing brace": b'{"eventVersion":"1.11","note":{"a":1}',
    "a brace too many": b'{"eventVersion":"1.11","note":1}}',
    "a bracket too many": b'{"eventVersion":"1.11","note":1}]',
    "a bracket inside": b'{"eventVersion":"1.11","note":]}',
    "a quote too many": b'{"eventVersion":"1.11","note":"a"b"}',
    "nothing but a brace": b"{",
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("place", [0, 1, 150, 199], ids=["first", "second", "inside", "last"])
def test_one_bad_record_never_costs_its_neighbours(broken: bytes, place: int) -> None:
    raws, _ = read(b'{"Records":[%b]}' % b",".join([*EVENTS[:place], broken, *EVENTS[place:]]))
    assert [raw for raw in raws if raw in EVENTS] == EVENTS


def test_an_odd_record_is_a_single_and_its_neighbours_come_in_runs() -> None:
    odd = b'{"eventVersion":"1.11","note":"\xff"}'
    content = b'{"Records":[%b]}' % b",".join([*EVENTS[:77], odd, *EVENTS[77:]])
    parts = list(read_records((content[:50_000], content[50_000:]), decode))
    assert [part for part in parts if isinstance(part, Single)] == [Single(odd)]
    assert sum(len(part.items) for part in parts if isinstance(part, Run)) == len(EVENTS)


def test_records_nested_in_a_record_are_not_taken_for_records_of_their_own() -> None:
    nested = event(1, requestParameters=[json.loads(event(2)), json.loads(event(3, note="x" * RUN_BYTES))] * 3)
    raws, faults = read(b'{"Records":[%b]}' % b",".join([EVENTS[0], nested, EVENTS[1]]))
    assert (raws, faults) == ([EVENTS[0], nested, EVENTS[1]], [])


def test_a_very_long_run_without_seams_is_taken_one_record_at_a_time() -> None:
    raws = [b'{"note":"%b"}' % (b"x" * 1_000_000) for _ in range(9)]
    parts = list(read_records((b'{"Records":[%b]}' % b",".join(raws),), decode))
    assert parts == list(map(Single, raws))


def test_seams_written_with_spaces_are_found_where_a_record_is_broken() -> None:
    content = b'{"Records": [\n{"eventVersion": "1", "a": {"b": 1} ,\n {"eventVersion": "2"} ] }'
    raws, _ = read(content)
    assert b'{"eventVersion": "2"}' in raws


@given(st.binary(max_size=60), st.integers(0, 3))
def test_no_bytes_make_it_raise_or_lose_a_good_record_before_them(junk: bytes, count: int) -> None:
    raws, _ = read(b'{"Records":[' + b"".join(raw + b"," for raw in EVENTS[:count]) + junk)
    assert raws[:count] == EVENTS[:count]
    read(junk)
    read(b'{"Records":' + junk)
    read(b"{" + junk + b"}")


def test_a_record_of_megabytes_is_told_from_its_small_neighbours_without_looking_into_it() -> None:
    inner = b'[{"a":"%b"}, {"eventVersion":"inner"}]' % (b"x" * 5_000_000)
    large = b'{"eventVersion":"1.11","a":%b}' % inner
    records = [EVENTS[0], EVENTS[1], large, EVENTS[2], large, large]
    assert read(b'{"Records":[%b]}' % b",".join(records)) == (records, [])


def test_a_record_of_megabytes_may_come_in_pieces() -> None:
    large = b'{"eventVersion":"1.11","a":"%b"}' % (b"x" * 3_000_000)
    records = [EVENTS[0], large, EVENTS[1], EVENTS[2]]
    content = b'{"Records":[%b]}' % b",".join(records)
    assert read((content[:2_500_000], content[2_500_000:], b" ")) == (records, [])


def test_a_record_of_megabytes_that_is_broken_costs_its_neighbours_nothing() -> None:
    broken = b'{"eventVersion":"1.11","a":"%b","b":truu}' % (b"x" * 3_000_000)
    records = [EVENTS[0], EVENTS[1], broken, EVENTS[2]]
    assert read(b'{"Records":[%b]}' % b",".join(records)) == (records, [])


@pytest.mark.parametrize(
    ("raw", "record"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":1,"a":"\x07"}', {"a": "\x07"}),
        (b'{"a":"\xff"}', {"a": "\ufffd"}),
        (b'{"a":["\\ud800x"]}', {"a": ["\ufffdx"]}),
        (b'{"a":"\\ud83d\\ude00\x07"}', {"a": "\U0001f600\x07"}),
        (b'{"a":1e999,"b":-1e999,"c":1.5}', {"a": "1e999", "b": "-1e999", "c": 1.5}),
        (b'{"a":NaN,"b":7}', {"a": "NaN", "b": 7}),
        (b'{"a":' + b"1" * 5_000 + b"}", {"a": "1" * 5_000}),
        (b'{"a":' + b"1" * 30 + b"}", {"a": int("1" * 30)}),
    ],
    ids=range(11),
)
def test_what_strict_json_refuses_is_read_so_that_nothing_is_lost(raw: bytes, record: dict[str, Any]) -> None:
    assert decode_record(raw) == record


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", RejectReason.NOT_JSON),
        (b"{", RejectReason.NOT_JSON),
        (b"7", RejectReason.NOT_AN_OBJECT),
        (b'["a"]', RejectReason.NOT_AN_OBJECT),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", RejectReason.TOO_DEEP),
    ],
    ids=["nothing", "broken", "number", "array", "deep"],
)
def test_what_no_means_decodes_says_why(raw: bytes, reason: RejectReason) -> None:
    with pytest.raises(Undecodable) as caught:
        decode_record(raw)
    assert caught.value.reason is reason


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[7,{"a":'], ids=["lists", "objects", "both"])
def test_a_record_nested_deeper_than_any_of_cloudtrails_is_not_decoded(opening: bytes) -> None:
    levels = opening.count(b"[") + opening.count(b"{")
    closing = opening.replace(b"[", b"]").replace(b'{"a":', b"}").replace(b"7,", b"")[::-1]

    def nested(deep: int) -> bytes:
        return b'{"a":%b1%b}' % (opening * (deep // levels), closing * (deep // levels))

    assert decode_record(nested(DEEPEST_RECORD - levels)).keys() == {"a"}
    with pytest.raises(Undecodable) as caught:
        decode_record(nested(DEEPEST_RECORD))
    assert caught.value.reason is RejectReason.TOO_DEEP


def test_how_wide_a_record_is_does_not_count_as_depth() -> None:
    raw = b'{"a":[%b]}' % b",".join([b'{"b":[]}'] * 5_000)
    assert decode_record(msgspec.Raw(raw)) == {"a": [{"b": []}] * 5_000}


def test_of_a_rejected_record_the_telling_fields_are_salvaged() -> None:
    raw = (
        b'{"eventVersion":"1.11","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},'
        b'"eventTime":"2026-03-02T08:00:00Z","eventName" : "Delete\\"Trail","eventID":"7","awsRegion":7,"x":\xff'
    )
    found = reject(raw, RejectReason.NOT_JSON)
    assert found.raw == raw
    assert found.salvaged == {
        "claimedEventID": "7",
        "eventName": 'Delete\\"Trail',
        "eventTime": "2026-03-02T08:00:00Z",
        "userIdentity": {"type": "Root", "arn": "arn:aws:iam::111122223333:root"},
    }


def test_what_a_request_calls_like_a_records_own_field_is_not_taken_for_it() -> None:
    raw = (
        b'{"requestParameters":{"eventID":"chosen","eventName":"Harmless","userIdentity":{"arn":"chosen"}},"x":\xff,'
        b'"userIdentity":{"sessionContext":{"arn":"chosen","userName":"chosen"},"type":"AssumedRole"},'
        b'"eventName":"DeleteTrail","eventID":"real"}'
    )
    assert reject(raw, RejectReason.NOT_JSON).salvaged == {
        "claimedEventID": "real",
        "eventName": "DeleteTrail",
        "userIdentity": {"type": "AssumedRole"},
    }


def test_nothing_salvaged_goes_for_a_rejects_id() -> None:
    assert "eventID" not in reject(b'{"eventID":"known","x":', RejectReason.NOT_JSON).salvaged


@pytest.mark.parametrize("raw", [b'{"userIdentity":{}', b"", b"7", b'["eventName"]', b'{"eventName":7}'])
def test_of_bytes_without_any_field_nothing_is_salvaged(raw: bytes) -> None:
    assert reject(raw, RejectReason.NOT_JSON).salvaged == {}
