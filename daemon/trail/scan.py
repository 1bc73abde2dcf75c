"""Finds the outer structure of JSON text that a parser refuses: bytes in, slices of members and elements out.

It follows strings and brackets only and never recurses, so neither bad values nor deep nesting can stop it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},"]', re.DOTALL)
_KEY = re.compile(rb'\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*:', re.DOTALL)
_OPEN, _CLOSE = b"[{", b"]}"
# Far more than a log file has records. A gigabyte of `1,1,1,` that inflates from one megabyte would take hours.
MOST_PIECES = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A member or element: `content[start:end]`, and the mark that ended it; none where the text itself ended.

    `is_open`: the text ended inside it, within a string or before a bracket was closed.
    """

    start: int
    end: int
    mark: bytes = b""
    is_open: bool = False


def pieces(content: bytes, start: int, *, most: int = MOST_PIECES) -> Iterator[Piece]:
    """The pieces of the container that was opened just before `start`, whatever stands in them.

    The last one's mark is a closing bracket, of either kind, or nothing where the text ends (or a string never does)
    before the container. An empty container gives one blank piece. The last of `most` pieces is open and holds the
    rest.
    """
    depth = 0
    begin = start
    left = most
    for token in _TOKEN.finditer(content, start):
        mark = token.group()
        if mark in _OPEN:
            depth += 1
        elif mark in _CLOSE:
            if depth == 0:
                yield Piece(start=begin, end=token.start(), mark=mark)
                return
            depth -= 1
        elif mark == b"," and depth == 0:
            left -= 1
            if not left:
                depth = 1
                break
            yield Piece(start=begin, end=token.start(), mark=mark)
            begin = token.end()
        elif mark == b'"':  # a string that never ends
            depth += 1
            break
    yield Piece(start=begin, end=len(content), is_open=depth > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of an object: its key as written (escapes not undone), where its value stands and if it ends."""

    key: bytes
    start: int
    end: int
    is_whole: bool


def members(content: bytes, start: int) -> Iterator[Member]:
    """The members of the object that was opened just before `start`; a piece without a key is passed over."""
    for piece in pieces(content, start):
        key = _KEY.match(content, piece.start, piece.end)
        if key:
            yield Member(key=key.group(1), start=key.end(), end=piece.end, is_whole=bool(piece.mark))
