"""A log file's content in, its records out, whatever shape it has; one bad record never costs its neighbours.

The ladder: short runs of whole records, as the caller's own decoder takes them; a run that it refuses, record by
record; what no parser splits, by its outer structure alone (`scan`), cut again where records usually begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from daemon.trail.faults import ReadFault
from daemon.trail.record import Undecodable, decode_record
from daemon.trail.scan import Piece, members, pieces

T = TypeVar("T")
RUN_BYTES = 20_000  # a run stays in the processor's cache, and is split again only when one of its records matters
_SEAM = b'},{"eventVersion":'  # CloudTrail writes eventVersion first; inside a string the quote would be escaped
_LOOSE_SEAM = re.compile(rb'(?<=\})\s*,\s*(?=\{\s*"eventVersion"\s*:)')
_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"Records"\s*:\s*\[')
_TAIL = re.compile(rb"\]\s*\}\s*\Z")
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_LONGEST_TAIL = 200
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_DIGEST_KEYS = {b"digestStartTime", b"digestEndTime", b"digestS3Object"}
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Run(Generic[T]):
    """Records that the caller's decoder took in one go; `split()` gives their bytes, in the same order."""

    items: list[T]
    text: bytes  # a JSON array

    def split(self) -> list[msgspec.Raw]:
        """The JSON text of each."""
        return _split(self.text)


@dataclass(frozen=True, slots=True)
class Single:
    """One record that must be looked at by itself; perhaps no record at all."""

    raw: bytes


Part = Run[T] | Single | ReadFault


def read_records(content: bytes, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """Every record of a log file, in order, as runs or singles; at most one ReadFault comes last.

    `decode` takes the text of a JSON array; it refuses by raising what msgspec raises.
    """
    head = _HEAD.match(content)
    if head is None:
        yield from _other_shape(content, decode)
        return
    yield from _array(content, head.end(), decode)


def _array(content: bytes, start: int, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """The records of a `Records` array whose first element begins at `start`."""
    tail = _TAIL.search(content, max(start, len(content) - _LONGEST_TAIL))
    end = tail.start() if tail else len(content)
    if not content[start : start + _LONGEST_TAIL].strip() or (tail and not content[start:end].strip()):
        if not tail:
            yield ReadFault.TRUNCATED
        return
    while start < end:
        seam = content.find(_SEAM, start + RUN_BYTES, end)
        stop = seam + 1 if seam >= 0 else end
        text = b"[%b]" % content[start:stop]
        try:
            yield Run(decode(text), text)
        except _REFUSALS:
            try:
                raws = _split(text)
            except _REFUSALS:
                break
            yield from map(Single, map(bytes, raws))
        start = stop + 1
    if start < end:
        yield from _by_structure(content, start, decode)


def _by_structure(content: bytes, start: int, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """The rest of an array that no parser splits, and whatever stands behind it."""
    piece = Piece(start=start, end=start)
    for piece in pieces(content, start):
        yield from _singles(content[piece.start : piece.end].strip())
    if not piece.mark:
        yield ReadFault.TRUNCATED
    elif not _TAIL.match(content, piece.end):
        yield from _members(b'{"":0' + content[piece.end + 1 :], 1, decode, seen=1)


def _singles(raw: bytes) -> Iterator[Single]:
    """One piece; where it is no record but holds the seams of several, each of these."""
    seams = _LOOSE_SEAM.split(raw)
    if len(seams) > 1 and _is_broken(raw):
        yield from map(Single, seams)
    elif raw:
        yield Single(raw)


def _is_broken(raw: bytes) -> bool:
    try:
        decode_record(raw)
    except Undecodable:
        return True
    return False


def _other_shape(content: bytes, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """A log file that does not begin as CloudTrail's do."""
    opening = _OBJECT.match(content)
    if opening:
        yield from _members(content, opening.end(), decode, seen=0)
    else:
        yield _nothing_found(content)


def _members(content: bytes, start: int, decode: Callable[[bytes], list[T]], *, seen: int) -> Iterator[Part[T]]:
    """Every `Records` among the members of an object; `seen` of them were found before."""
    found = list(members(content, start))
    records = [member for member in found if _name(member.key) == "Records"]
    for member in records:
        value = content[member.start : member.end].strip()
        if value.startswith(b"["):
            yield from _array(value + (b"}" if member.is_whole else b""), 1, decode)
        elif value.startswith(b"{"):  # a single record not in a list: seen in the wild
            yield Single(value)
        else:
            yield ReadFault.NO_RECORDS
    if seen + len(records) > 1:
        yield ReadFault.DUPLICATE_RECORDS
    elif not seen + len(records):
        is_digest = any(member.key in _DIGEST_KEYS for member in found)
        yield ReadFault.DIGEST_FILE if is_digest else _nothing_found(content)


def _name(key: bytes) -> str:
    try:
        return str(msgspec.json.decode(b'"%b"' % key))
    except _REFUSALS:
        return ""


def _nothing_found(content: bytes) -> ReadFault:
    try:
        msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
    except _REFUSALS:
        return ReadFault.NOT_JSON
    return ReadFault.NO_RECORDS
