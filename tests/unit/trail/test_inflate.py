from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.trail.faults import ReadFault
from daemon.trail.gzip_stream import GzipStream, IsalStream, ZlibStream, open_stream
from daemon.trail.inflate import PIECE_BYTES, Hashed, Inflation, inflate

CAP = 1 << 24
CONTENT = b'{"Records":[' + b",".join(b'{"eventName":"Call%d"}' % number for number in range(40_000)) + b"]}"
PACKED = gzip.compress(CONTENT)
STREAMS: list[Callable[[], GzipStream]] = [open_stream, ZlibStream]

streams = pytest.mark.parametrize("stream", STREAMS, ids=["isal", "zlib"])


def test_isal_is_used_where_it_is_installed() -> None:
    assert isinstance(open_stream(), IsalStream)


@streams
def test_gzip_gives_its_content(stream: Callable[[], GzipStream]) -> None:
    inflated = inflate(PACKED, max_bytes=CAP, open_stream=stream)
    assert (inflated.content, inflated.fault) == (CONTENT, None)


def test_content_comes_in_pieces_that_fit_the_cache() -> None:
    sizes = [len(piece) for piece in Inflation(PACKED, max_bytes=CAP)]
    assert len(sizes) > 1
    assert max(sizes) <= PIECE_BYTES


@streams
def test_members_behind_each_other_are_one_content(stream: Callable[[], GzipStream]) -> None:
    packed = gzip.compress(CONTENT[:100]) + gzip.compress(b"") + gzip.compress(CONTENT[100:])
    inflated = inflate(packed, max_bytes=CAP, open_stream=stream)
    assert (inflated.content, inflated.fault) == (CONTENT, None)


@streams
@pytest.mark.parametrize("zeros", [1, 2, 511])
def test_a_member_behind_padding_is_read_too(stream: Callable[[], GzipStream], zeros: int) -> None:
    padding = bytes(zeros)
    packed = gzip.compress(CONTENT[:100]) + padding + gzip.compress(CONTENT[100:]) + padding
    inflated = inflate(packed, max_bytes=CAP, open_stream=stream)
    assert (inflated.content, inflated.fault) == (CONTENT, None)


@streams
@pytest.mark.parametrize("behind", [b"hello", b"\0\0hello", b"\x1f", b"PK" + PACKED], ids=range(4))
def test_what_stands_behind_the_stream_is_a_fault_and_costs_nothing(
    stream: Callable[[], GzipStream], behind: bytes
) -> None:
    inflated = inflate(PACKED + behind, max_bytes=CAP, open_stream=stream)
    assert (inflated.content, inflated.fault) == (CONTENT, ReadFault.TRAILING_BYTES)


def test_plain_json_is_taken_as_it_is() -> None:
    for content in (CONTENT, b" \n[]", b'\xef\xbb\xbf{"Records":[]}', "{}".encode("utf-16")):
        assert inflate(content, max_bytes=CAP).content == content
        assert inflate(content, max_bytes=CAP).fault is None


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"\x1f"])
def test_what_is_neither_gzip_nor_json_is_bad_gzip(data: bytes) -> None:
    assert inflate(data, max_bytes=CAP).fault is ReadFault.BAD_GZIP


@streams
@pytest.mark.parametrize("kept", [len(PACKED) - 1, len(PACKED) - 8, len(PACKED) // 2, 11, 10, 2])
def test_a_truncated_file_gives_what_could_be_had(stream: Callable[[], GzipStream], kept: int) -> None:
    inflated = inflate(PACKED[:kept], max_bytes=CAP, open_stream=stream)
    assert inflated.fault is ReadFault.TRUNCATED
    assert CONTENT.startswith(inflated.content)
    assert len(inflated.content) >= len(zlib.decompressobj(31).decompress(PACKED[:kept])) - 64


@streams
def test_a_wrong_checksum_costs_no_byte_of_content(stream: Callable[[], GzipStream]) -> None:
    packed = PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:]
    inflated = inflate(packed, max_bytes=CAP, open_stream=stream)
    assert inflated.fault is ReadFault.BAD_GZIP
    assert inflated.content == CONTENT


@streams
def test_damage_in_the_middle_keeps_what_stood_before_it(stream: Callable[[], GzipStream]) -> None:
    stored = zlib.compressobj(level=0, wbits=31)
    packed = stored.compress(CONTENT) + stored.flush()
    damaged = packed[:500_000] + b"\xff" * 70_000 + packed[570_000:]
    inflated = inflate(damaged, max_bytes=CAP, open_stream=stream)
    assert inflated.fault is ReadFault.BAD_GZIP
    assert inflated.content[:499_000] == CONTENT[:499_000]


@streams
def test_a_short_file_that_is_damaged_at_once_gives_nothing(stream: Callable[[], GzipStream]) -> None:
    inflated = inflate(b"\x1f\x8b\x08" + b"\xff" * 100, max_bytes=CAP, open_stream=stream)
    assert inflated.content == b""
    assert inflated.fault in {ReadFault.BAD_GZIP, ReadFault.TRUNCATED}


@streams
def test_a_bomb_is_given_up_at_the_cap(stream: Callable[[], GzipStream]) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    inflation = Inflation(bomb, max_bytes=1 << 20, open_stream=stream)
    assert sum(map(len, inflation)) <= 1 << 20
    assert inflation.fault is ReadFault.TOO_LARGE
    assert inflate(bomb, max_bytes=1 << 20, open_stream=stream).content == b""


def test_members_count_together_against_the_cap() -> None:
    assert inflate(PACKED * 3, max_bytes=2 * len(CONTENT)).fault is ReadFault.TOO_LARGE
    assert inflate(PACKED * 2, max_bytes=2 * len(CONTENT)).fault is None


def test_plain_content_has_the_same_cap() -> None:
    assert inflate(CONTENT, max_bytes=10).fault is ReadFault.TOO_LARGE
    assert inflate(CONTENT, max_bytes=len(CONTENT)).fault is None


def test_a_file_of_nothing_but_members_is_given_up() -> None:
    assert inflate(gzip.compress(b"") * 5_000, max_bytes=CAP).fault is ReadFault.BAD_GZIP


@given(st.binary(max_size=400), st.sampled_from(STREAMS))
def test_no_bytes_make_it_raise_or_pass_the_cap(data: bytes, stream: Callable[[], GzipStream]) -> None:
    for candidate in (data, b"\x1f\x8b" + data, PACKED[:300] + data):
        assert len(inflate(candidate, max_bytes=1_000, open_stream=stream).content) <= 1_000


def test_pieces_are_hashed_on_the_way() -> None:
    content = bytes(range(256)) * 5_000
    hashed = Hashed(Inflation(gzip.compress(content), max_bytes=10_000_000))
    assert b"".join(hashed) == content
    assert hashed.sha256 == hashlib.sha256(content).hexdigest()
