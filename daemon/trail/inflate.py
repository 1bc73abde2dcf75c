"""Bytes of an object in, its content out: bounded in memory, and as much of a broken one as can be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from daemon.trail.faults import ReadFault
from daemon.trail.gzip_stream import MAGIC, BadStream, GzipStream, open_stream

_STEP = 1 << 20
_SALVAGE_STEPS = (1 << 16, 1 << 12, 1 << 8, 1 << 4, 1)
_MOST_DENSE = 1032  # deflate never packs tighter than this
_JSON_STARTS = (b"{", b"[")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflated:
    """`has_trailing`: bytes that are no gzip stand behind the stream; CloudTrail itself never writes any."""

    content: bytes
    fault: ReadFault | None = None
    has_trailing: bool = False


class _TooLarge(Exception):
    pass


def inflate(data: bytes, *, max_bytes: int, open_stream: Callable[[], GzipStream] = open_stream) -> Inflated:
    """Inflate gzip of one member or several; plain JSON is taken as it is.

    Over `max_bytes` nothing is given: such an object is hostile. Never holds much more than that in memory.
    """
    if not data.startswith(MAGIC):
        return _plain(data, max_bytes=max_bytes)
    content: list[bytes] = []
    rest = data
    while rest.startswith(MAGIC):
        room = max_bytes - sum(map(len, content))
        try:
            piece, behind, fault = _member(rest, room=room, open_stream=open_stream)
        except _TooLarge:
            return Inflated(content=b"", fault=ReadFault.TOO_LARGE)
        content.append(piece)
        if fault:
            return Inflated(content=b"".join(content), fault=fault)
        rest = behind
    return Inflated(content=content[0] if len(content) == 1 else b"".join(content), has_trailing=bool(rest))


def _plain(data: bytes, *, max_bytes: int) -> Inflated:
    if len(data) > max_bytes:
        return Inflated(content=b"", fault=ReadFault.TOO_LARGE)
    is_json = data[:64].lstrip().startswith(_JSON_STARTS) or data.startswith(_BYTE_ORDER_MARKS)
    return Inflated(content=data, fault=None if is_json else ReadFault.BAD_GZIP)


def _member(data: bytes, *, room: int, open_stream: Callable[[], GzipStream]) -> tuple[bytes, bytes, ReadFault | None]:
    """One member's content, what stands behind it, and its fault. Raises _TooLarge."""
    stream = open_stream()
    try:
        content = _read_all(stream, data, room=room)
    except BadStream:
        return _salvage(data, room=room, open_stream=open_stream), b"", ReadFault.BAD_GZIP
    if not stream.is_done:
        return content, b"", ReadFault.TRUNCATED
    return content, stream.rest, None


def _read_all(stream: GzipStream, data: bytes, *, room: int) -> bytes:
    """Everything of one member, in one allocation where its own word about its size is true."""
    stated = int.from_bytes(data[-4:], "little")  # the trailer's ISIZE: a hint, since anybody can write it
    likely = min(stated, room, len(data) * _MOST_DENSE)
    pieces = [stream.read(data, likely + 1)]
    size = len(pieces[0])
    while not stream.is_done and size <= room:
        piece = stream.read(b"", min(_STEP, room - size + 1))
        if not piece and not stream.is_done:
            break
        pieces.append(piece)
        size += len(piece)
    if size > room:
        raise _TooLarge
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _salvage(data: bytes, *, room: int, open_stream: Callable[[], GzipStream]) -> bytes:
    """Every byte before the fault: in ever smaller steps, each beginning where the larger one failed."""
    content = b""
    for step in _SALVAGE_STEPS:
        stream = open_stream()
        found = [stream.read(data, len(content) or step)]
        try:
            while found[-1] and sum(map(len, found)) <= room:
                found.append(stream.read(b"", step))
        except BadStream:
            content = b"".join(found)
    if len(content) > room:
        raise _TooLarge
    return content
