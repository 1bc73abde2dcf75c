"""A log file's content in, its records out, whatever shape it has; one bad record never costs its neighbours.

The ladder: short runs of whole records, as the caller's own decoder takes them; a run that it refuses, record by
record; what no parser splits, by its outer structure alone (`scan`), cut again where records usually begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

import msgspec

from daemon.trail.faults import ReadFault
from daemon.trail.record import Undecodable, decode_record
from daemon.trail.scan import Piece, members, pieces

T = TypeVar("T")
RUN_BYTES = 40_000  # a run stays in the processor's cache, and is split again only when one of its records matters
_SEAM = b'},{"eventVersion":'  # CloudTrail writes eventVersion first; inside a string the quote would be escaped
_LOOSE_SEAM = re.compile(rb',\s*(?=\{\s*"eventVersion"\s*:)')
_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"Records"\s*:\s*\[')
_TAIL = re.compile(rb"\]\s*\}\s*\Z")
_ARRAY_END = re.compile(rb"\]\s*\}?\s*\Z")  # what a record that is never closed takes along
_FURTHER_MEMBER = re.compile(rb'\]\s*,\s*"')
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_LONGEST_TAIL = 200
# A run without seams that is longer is split by structure, one record at a time: a megabyte of `{},{},` would become
# a hundred of objects.
_LONGEST_RUN = 8 << 20
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_DIGEST_KEYS = {b"digestStartTime", b"digestEndTime", b"digestS3Object"}
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)


@dataclass(slots=True)  # not frozen: there is one every few records, and freezing costs more than the rest of it
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


def read_records(content: Iterable[bytes], decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """Every record of a log file, in order, as runs or singles; faults of its shape come last.

    `content` may come in pieces of any size, and of a well-formed file no more than two are held. `decode` takes the
    text of a JSON array and refuses by raising what msgspec raises.
    """
    rest = iter(content)
    first = next(rest, b"")
    head = _HEAD.match(first)
    if head is None:
        first += b"".join(rest)
        head = _HEAD.match(first)
    if head is None:
        yield from _other_shape(first, decode)
    else:
        yield from _array(_Window(first, rest, start=head.end()), decode)


class _Window:
    """The part of a content that is being read; `start` is where the next record stands in `text`."""

    def __init__(self, text: bytes, rest: Iterator[bytes], *, start: int) -> None:
        self.text = text
        self.start = start
        self.is_open = False  # the content ended before the array did
        self._rest = rest
        self._next = next(rest, b"")

    def ends(self) -> Iterator[int]:
        """How far there are whole records: to the last seam of each window, at last to the end of the array."""
        while self._next:
            seam = self.text.rfind(_SEAM, self.start)
            if seam >= 0:
                yield seam + 1
            self._move(doubled=seam < 0)
        tail = _TAIL.search(self.text, max(self.start, len(self.text) - _LONGEST_TAIL))
        self.is_open = tail is None
        yield tail.start() if tail else len(self.text)

    def _move(self, *, doubled: bool) -> None:
        """Take more text in; twice as much where no seam is found, so that no byte is copied often."""
        further = islice(self._rest, len(self.text) // len(self._next)) if doubled else ()
        self.text = b"".join((self.text[self.start :], self._next, *further))
        self.start = 0
        self._next = next(self._rest, b"")

    def remaining(self) -> bytes:
        """All that has not been read yet."""
        return b"".join((self.text[self.start :], self._next, *self._rest))


def _array(window: _Window, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """The records of a `Records` array whose first element stands at the window's start."""
    for end in window.ends():
        while window.start < end:
            seam = window.text.find(_SEAM, window.start + RUN_BYTES, end)
            stop = seam + 1 if seam >= 0 else end
            text = b"".join((b"[", memoryview(window.text)[window.start : stop], b"]"))
            found = _run(text, decode)
            if found is None:
                yield from _by_structure(window.remaining(), decode)
                return
            yield from found
            window.start = stop + 1
    if window.is_open:
        yield ReadFault.TRUNCATED


def _run(text: bytes, decode: Callable[[bytes], list[T]]) -> Iterable[Run[T] | Single] | None:
    """The records of an array's text, at once or one by one; None where no parser splits it."""
    if len(text) > _LONGEST_RUN:
        return None
    try:
        return (Run(decode(text), text),)
    except _REFUSALS:
        pass  # at least one record is not as expected: each is looked at by itself
    try:
        return map(Single, map(bytes, _split(text)))
    except _REFUSALS:
        return None


def _by_structure(content: bytes, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """The rest of an array that no parser splits, and whatever stands behind it."""
    start = 0
    last = Piece(start=0, end=0)
    while True:
        for last in pieces(content, start):
            yield from _singles(content[last.start : last.end].strip(), is_whole=last.mark in (b",", b"]"))
        if not last.mark:
            yield ReadFault.TRUNCATED
            return
        if _TAIL.match(content, last.end):
            return
        if _FURTHER_MEMBER.match(content, last.end):
            yield from _members(b'{"":0' + content[last.end + 1 :], 1, decode, seen=1)
            return
        start = last.end + 1  # a bracket too many: records may still stand behind it


def _singles(raw: bytes, *, is_whole: bool) -> Iterator[Single]:
    """One piece; where it is no record but seems to hold several, each of these."""
    if b'"eventVersion"' in raw and _is_broken(raw):
        *parts, last = map(bytes.strip, _LOOSE_SEAM.split(raw))
        yield from map(Single, parts)
        yield Single(last if is_whole else _ARRAY_END.sub(b"", last).strip())
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
            whole = value + (b"}" if member.is_whole else b"")
            yield from _array(_Window(whole, iter(()), start=1), decode)
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
