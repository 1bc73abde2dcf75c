"""How a file begins, which tells whether it may be a log whatever it is called: its first bytes in, a yes or no out."""

from __future__ import annotations

import codecs

from daemon.trail.gzip_stream import MAGIC

HEAD_BYTES = 4096
_JSON_STARTS = (b"{", b"[")
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def may_be_log(head: bytes) -> bool:
    """Whether it begins like JSON or gzip."""
    return head.startswith((MAGIC, *_MARKS)) or head.lstrip().startswith(_JSON_STARTS)
