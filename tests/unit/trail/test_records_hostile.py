"""Content made to cost much: what is read of it, and the work and memory it takes, stay within bounds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import chain, repeat
from typing import Any

import msgspec
import pytest

from daemon.trail.faults import ReadFault, RejectReason
from daemon.trail.parts import Part, Run, Single
from daemon.trail.record import LONGEST_RECORD, Undecodable, decode_record, reject
from daemon.trail.records import MOST_SINGLES, RUN_BYTES, read_records
from daemon.trail.scan import MOST_PIECES

decode = msgspec.json.Decoder(list[dict[str, Any]]).decode
HEAD = b'{"Records":['
GOOD = b'{"eventVersion":"1.11","eventName":"ListUsers"}'
MEGABYTE = b" " * (1 << 20)


def parts(content: Iterable[bytes]) -> list[Part[dict[str, Any]]]:
    return list(read_records(content, decode))


def test_blanks_behind_a_bracket_do_not_take_quadratic_time() -> None:
    started_s = time.process_time()
    parts([HEAD + b'{"eventVersion":1' + (b"]" + b" " * 200_000 + b"x") * 3])
    assert time.process_time() - started_s < 5  # it took minutes


@pytest.mark.parametrize("junk", [b"1 , ", b"]", b'],"Records":[x'], ids=["numbers", "brackets", "members"])
def test_a_file_of_nothing_but_junk_gives_no_more_pieces_than_a_log_file_has_records(junk: bytes) -> None:
    found = parts([HEAD + junk * (MOST_PIECES + 9_999)])
    assert sum(isinstance(part, Single) for part in found) <= MOST_PIECES + 2
    assert found[-1] in (ReadFault.TRUNCATED, ReadFault.DUPLICATE_RECORDS)


def test_records_behind_more_junk_than_is_taken_apart_are_found_by_how_records_begin() -> None:
    content = HEAD + b"1 ," * (MOST_PIECES + 300_000) + GOOD + b"," + GOOD + b"]}"
    assert parts([content]).count(Single(GOOD)) == 2


@pytest.mark.parametrize(
    "broken",
    [
        b'{"eventVersion":"1","note":\\q}',
        b'{"eventVersion":"1","a":[{"b":"%b"},{"eventVersion":"2"}]}' % (b"x" * RUN_BYTES),
    ],
    ids=["an odd token", "a record like a seam"],
)
def test_records_behind_a_broken_one_are_read_in_runs_again(broken: bytes) -> None:
    seams = b",".join([GOOD] * 2_000)
    found = parts([HEAD + seams + b"," + broken + b"," + seams, b",", seams, b",", seams + b"]}"])
    in_runs = sum(bytes(raw) == GOOD for part in found if isinstance(part, Run) for raw in part.split())
    assert in_runs > 4_000
    assert in_runs + found.count(Single(GOOD)) == 8_000


def test_of_records_that_each_must_be_looked_at_by_itself_no_more_are_taken_than_a_log_file_has() -> None:
    refused = b'{"eventVersion":7},' * 100_000
    strict = msgspec.json.Decoder(list[dict[str, str]]).decode
    found = list(read_records(chain([HEAD], repeat(refused)), strict))
    assert sum(isinstance(part, Single) for part in found) == MOST_SINGLES
    assert found[-1] is ReadFault.TOO_LARGE


@pytest.mark.parametrize("head", [HEAD + GOOD + b",", b""], ids=["array", "none"])
def test_content_without_end_and_without_records_is_given_up(head: bytes) -> None:
    assert ReadFault.TOO_LARGE in parts(chain([head], repeat(MEGABYTE)))


def test_a_record_that_never_closes_in_content_without_end_is_given_up() -> None:
    broken = b'{"eventVersion":"1","note":{"a":1},'
    found = parts(chain([HEAD + broken, GOOD + b","], repeat(b"1" * (1 << 20))))
    assert ReadFault.TOO_LARGE in found
    assert Single(broken.rstrip(b",")) in found


def test_a_record_far_larger_than_any_of_cloudtrails_is_not_decoded() -> None:
    with pytest.raises(Undecodable) as caught:
        decode_record(b'{"a":"%b"}' % (b"x" * LONGEST_RECORD))
    assert caught.value.reason is RejectReason.TOO_LARGE


def test_of_a_reject_of_megabytes_only_the_beginning_is_searched() -> None:
    nested = b"[" * LONGEST_RECORD  # each bracket costs as much as a thousand letters
    raw = b'{"eventName":"DeleteTrail","x":%b,"eventSource":"s"}' % (nested + nested.replace(b"[", b"]"))
    assert reject(raw, RejectReason.TOO_DEEP).salvaged == {"eventName": "DeleteTrail"}
