"""One gzip member, inflated step by step: isal's decompressor where it is installed, else the standard library's."""

from __future__ import annotations

import zlib
from types import ModuleType
from typing import Protocol

igzip_lib: ModuleType | None
try:
    from isal import igzip_lib
except ImportError:  # pragma: no cover (platforms without a wheel; the other stream is tested everywhere)
    igzip_lib = None

MAGIC = b"\x1f\x8b"


class BadStream(Exception):
    """The bytes are no gzip stream, or its checksum is wrong."""


class GzipStream(Protocol):
    """Inflates one member; feed it all input at once, then read until `is_done` or nothing more comes."""

    def read(self, data: bytes, max_bytes: int) -> bytes:
        """Take `data` in and give up to `max_bytes` (never 0) more of the content. Raises BadStream."""

    @property
    def is_done(self) -> bool:
        """Whether the member is complete and its checksum right."""

    @property
    def rest(self) -> bytes:
        """The input behind the member, once it is done."""


class ZlibStream:
    """The standard library's."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    def read(self, data: bytes, max_bytes: int) -> bytes:
        """As the protocol says."""
        try:
            return self._inner.decompress(self._inner.unconsumed_tail + data, max_bytes)
        except zlib.error as exc:
            raise BadStream(str(exc)) from exc

    @property
    def is_done(self) -> bool:
        """As the protocol says."""
        return self._inner.eof

    @property
    def rest(self) -> bytes:
        """As the protocol says."""
        return self._inner.unused_data


class IsalStream:
    """Intel's, twice as fast."""

    def __init__(self, isal: ModuleType) -> None:
        self._isal = isal
        self._inner = isal.IgzipDecompressor(flag=isal.DECOMP_GZIP)

    def read(self, data: bytes, max_bytes: int) -> bytes:
        """As the protocol says."""
        try:
            content: bytes = self._inner.decompress(data, max_length=max_bytes)
        except self._isal.IsalError as exc:
            raise BadStream(str(exc)) from exc
        return content

    @property
    def is_done(self) -> bool:
        """As the protocol says."""
        return bool(self._inner.eof)

    @property
    def rest(self) -> bytes:
        """As the protocol says."""
        return bytes(self._inner.unused_data)


def open_stream() -> GzipStream:
    """The fastest stream there is here."""
    return IsalStream(igzip_lib) if igzip_lib else ZlibStream()
