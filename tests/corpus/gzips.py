"""What can be wrong with the gzip around a log file, and with what lies there in place of one."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from collections.abc import Iterator

from tests.corpus.making import Case, file_of, good, ids, packed

_MEGABYTE = 1 << 20


def gzips() -> Iterator[Case]:
    """Whole, broken and no gzip."""
    yield Case(name="two members", content=lambda: _members("two members", 2), found=ids("two members", 4))
    yield Case(name="a thousand and one members", content=_too_many_members, found=(), reason="bad_gzip")
    yield Case(
        name="cut off in the second member",
        content=lambda: _members("cut off in the second member", 2)[:-8],
        found=ids("cut off in the second member", 4),
        reason="truncated",
    )
    yield Case(
        name="cut off in the middle",
        content=lambda: _cut("cut off in the middle"),
        found=ids("cut off in the middle", 60),
        reason="truncated",
    )
    yield Case(name="only the magic number", content=lambda: b"\x1f\x8b", found=(), reason="truncated")
    yield Case(name="nothing at all", content=lambda: b"", found=(), reason="bad_gzip")
    yield Case(
        name="a wrong checksum",
        content=lambda: _changed("a wrong checksum", place=-6),
        found=ids("a wrong checksum", 3),
        reason="bad_gzip",
    )
    yield Case(
        name="junk behind the stream",
        content=lambda: packed(file_of(good("junk behind the stream", 3))) + b"junk",
        found=ids("junk behind the stream", 3),
        reason="trailing_bytes",
    )
    yield Case(
        name="zeros behind the stream",
        content=lambda: packed(file_of(good("zeros behind the stream", 3))) + bytes(512),
        found=ids("zeros behind the stream", 3),
    )
    yield Case(name="plain JSON", content=lambda: file_of(good("plain JSON", 3)), found=ids("plain JSON", 3))
    yield Case(name="gzip within gzip", content=lambda: packed(_whole("gzip within gzip")), found=(), reason="not_json")
    yield Case(name="a zip", content=_zip, found=(), reason="bad_gzip")
    yield Case(name="bzip2", content=lambda: bz2.compress(file_of(good("bzip2", 1))), found=(), reason="bad_gzip")
    page = b"<html><body>503 Slow Down</body></html>"
    yield Case(name="a page of a proxy", content=lambda: page, found=(), reason="bad_gzip")
    yield from _bombs()


def _bombs() -> Iterator[Case]:
    yield Case(
        name="a bomb behind good records",
        content=lambda: _bomb("a bomb behind good records"),
        found=ids("a bomb behind good records", 3),
        reason="too_large",
        rejects=1,
        is_large=True,
    )
    yield Case(
        name="a bomb within a bomb",
        content=lambda: packed(packed(bytes(200 * _MEGABYTE)) * 20),
        found=(),
        reason="not_json",
        is_large=True,
    )
    yield Case(name="a bomb over the limit", content=_over_the_limit, found=(), reason="too_large", is_large=True)


def _whole(case: str) -> bytes:
    return packed(file_of(good(case, 3)))


def _members(case: str, count: int) -> bytes:
    """The content cut into so many members, which CloudTrail does not write and gzip allows."""
    content = file_of(good(case, 4))
    size = len(content) // count + 1
    return b"".join(packed(content[start : start + size]) for start in range(0, len(content), size))


def _too_many_members() -> bytes:
    return packed(b"") * 1_001


def _cut(case: str) -> bytes:
    """Cut off behind the sixtieth of many events, whose bytes are all that gzip can still give."""
    content = file_of(good(case, 120))
    seam = content.index(b"}", content.index(ids(case, 60)[-1].encode()))
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as writer:
        writer.write(content[: seam + 1])
        writer.flush()
        kept = stream.tell()
        writer.write(content[seam + 1 :])
    return stream.getvalue()[:kept]


def _changed(case: str, *, place: int) -> bytes:
    data = bytearray(_whole(case))
    data[place] ^= 0xFF
    return bytes(data)


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("records.json", file_of(good("a zip", 1)))
    return stream.getvalue()


def _bomb(case: str) -> bytes:
    """A thousand to one: 300 MB of blanks in a text that never ends, behind good records."""
    content = file_of(good(case, 3))[:-2] + b',{"eventVersion":"1.11","userAgent":"'
    return _inflating_to(content, blanks=300 * _MEGABYTE)


def _over_the_limit() -> bytes:
    return _inflating_to(b'{"Records":[', blanks=1100 * _MEGABYTE)


def _inflating_to(head: bytes, *, blanks: int) -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=6, mtime=0) as writer:
        writer.write(head)
        for _ in range(blanks // _MEGABYTE):
            writer.write(b" " * _MEGABYTE)
    return stream.getvalue()
