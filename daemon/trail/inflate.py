"""Bytes of an object in, its content out piece by piece: bounded in memory, and all that a broken one still gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from daemon.trail.faults import ReadFault
from daemon.trail.gzip_stream import MAGIC, BadStream, GzipStream, open_stream

PIECE_BYTES = 1 << 18  # small enough to stay in the processor's cache until it is read
_SALVAGE_STEPS = (1 << 14, 1 << 10, 1 << 6, 1 << 3, 1)
_TRAILER_BYTES = 8
_MOST_MEMBERS = 1_000  # each costs a copy of the rest, so a file of nothing but members would never end
_JSON_STARTS = (b"{", b"[")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflated:
    """The content as far as it could be had, and what was wrong."""

    content: bytes
    fault: ReadFault | None = None


def inflate(data: bytes, *, max_bytes: int, open_stream: Callable[[], GzipStream] = open_stream) -> Inflated:
    """The whole content at once; see Inflation. Over `max_bytes` nothing is given: such an object is hostile."""
    inflation = Inflation(data, max_bytes=max_bytes, open_stream=open_stream)
    content = BytesIO()
    content.writelines(inflation)
    is_too_large = inflation.fault is ReadFault.TOO_LARGE
    return Inflated(content=b"" if is_too_large else content.getvalue(), fault=inflation.fault)


class Inflation:
    """The content of gzip of one member or several, to iterate over once; plain JSON is taken as it is.

    `fault` is known when the last piece is taken. No more than `max_bytes` is ever given. Zeros behind a member are
    padding, as gzip itself takes them; anything else there that is no further member is a fault.
    """

    def __init__(self, data: bytes, *, max_bytes: int, open_stream: Callable[[], GzipStream] = open_stream) -> None:
        self.fault: ReadFault | None = None
        self._data = data
        self._room = max_bytes
        self._open_stream = open_stream

    def __iter__(self) -> Iterator[bytes]:
        if not self._data.startswith(MAGIC):
            yield from self._plain()
            return
        rest = self._data
        for _ in range(_MOST_MEMBERS):
            rest = (yield from self._member(rest)).lstrip(b"\0")
            if self.fault or not rest:
                return
            if not rest.startswith(MAGIC):
                self.fault = ReadFault.TRAILING_BYTES
                return
        self.fault = ReadFault.BAD_GZIP

    def _plain(self) -> Iterator[bytes]:
        data = self._data
        if len(data) > self._room:
            self.fault = ReadFault.TOO_LARGE
            return
        if not (data[:64].lstrip().startswith(_JSON_STARTS) or data.startswith(_BYTE_ORDER_MARKS)):
            self.fault = ReadFault.BAD_GZIP
        yield data

    def _member(self, data: bytes) -> Generator[bytes, None, bytes]:
        """One member's pieces; returns what stands behind it."""
        stream = self._open_stream()
        given = 0
        try:
            for piece in _pieces(stream, data, PIECE_BYTES):
                if len(piece) > self._room:
                    self.fault = ReadFault.TOO_LARGE
                    return b""
                yield piece
                self._room -= len(piece)
                given += len(piece)
        except BadStream:
            self.fault = ReadFault.BAD_GZIP
            yield self._salvage(data, given)[: self._room]
            return b""
        if not stream.is_done:
            self.fault = ReadFault.TRUNCATED
            return b""
        return stream.rest

    def _salvage(self, data: bytes, given: int) -> bytes:
        """Every byte between the last good piece and the fault, in ever smaller steps."""
        data = data[:-_TRAILER_BYTES]  # a wrong checksum must not cost the last step
        salvaged: list[bytes] = []
        for step in _SALVAGE_STEPS:
            stream = self._open_stream()
            skipped = 0
            try:
                while skipped < given:
                    skipped += len(stream.read(b"" if skipped else data, min(PIECE_BYTES, given - skipped)))
                for piece in _pieces(stream, b"" if given else data, step):
                    salvaged.append(piece)
                    given += len(piece)
            except BadStream:
                continue
        return b"".join(salvaged)


class Hashed:
    """Pieces of content handed on, and hashed on the way; who needs the hash must have taken them all."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._hash.update(piece)
            yield piece

    @property
    def sha256(self) -> str:
        """Of what was taken so far, in hex."""
        return self._hash.hexdigest()


def _pieces(stream: GzipStream, data: bytes, size: int) -> Iterator[bytes]:
    piece = stream.read(data, size)
    while piece:
        yield piece
        piece = b"" if stream.is_done else stream.read(b"", size)
