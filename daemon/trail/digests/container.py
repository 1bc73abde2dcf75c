"""The strict way into a digest file: one gzip member, nothing behind it, within a bound."""

from __future__ import annotations

from daemon.trail.digests.faults import BadDigest, DigestFault
from daemon.trail.gzip_stream import BadStream, open_stream

MAX_CONTENT = 64 * 2**20  # 140,000 log files: one account and region write fewer in an hour
_PIECE = 1 << 18


def unpack(data: bytes, *, max_bytes: int = MAX_CONTENT) -> bytes:
    """A digest file's content. Raises BadDigest for anything that CloudTrail itself never writes."""
    stream = open_stream()
    pieces: list[bytes] = []
    room = max_bytes
    try:
        piece = stream.read(data, _PIECE)
        while piece:
            room -= len(piece)
            if room < 0:
                raise BadDigest(DigestFault.TOO_LARGE, f"its content is over {max_bytes} bytes")
            pieces.append(piece)
            piece = b"" if stream.is_done else stream.read(b"", _PIECE)
    except BadStream as fault:
        raise BadDigest(DigestFault.BAD_GZIP, str(fault)) from fault
    if not stream.is_done:
        raise BadDigest(DigestFault.BAD_GZIP, "it ends before its content does")
    if stream.rest:
        raise BadDigest(DigestFault.TRAILING_BYTES, f"{len(stream.rest)} bytes stand behind the gzip stream")
    return b"".join(pieces)
