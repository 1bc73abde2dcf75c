"""A log file's content in, its records out, whatever shape it has; one bad record never costs its neighbours.

The ladder: short runs of whole records, as the caller's own decoder takes them; a run that it refuses, in halves until
the odd record stands alone; what no parser splits, by its outer structure alone (`scan`), cut again where records
usually begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Generic, TypeVar

import msgspec

from daemon.trail.faults import ReadFault
from daemon.trail.record import Undecodable, decode_record
from daemon.trail.scan import MOST_PIECES, members, pieces

T = TypeVar("T")
RUN_BYTES = 60_000  # a run stays in the processor's cache, and is split again only when one of its records matters
_SEAM = b'},{"eventVersion":'  # CloudTrail writes eventVersion first; inside a string the quote would be escaped
_LOOSE_SEAM = re.compile(rb',\s*(?=\{\s*"eventVersion"\s*:)')
_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"Records"\s*:\s*\[')
_TAIL = re.compile(rb"\]\s*\}\s*\Z")
_ARRAY_END = re.compile(rb"\]\s*(?:\}\s*)?\Z")  # what a record that is never closed takes along
_FURTHER_MEMBER = re.compile(rb'\]\s*,\s*"')
_NEXT_DOCUMENT = re.compile(rb'\]\s*\}\s*\{\s*"Records"\s*:\s*\[')
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_LONGEST_TAIL = 200
# A longer run without seams is no longer split by the parser: a megabyte of `{},{},` would become a hundred of objects.
_LONGEST_RUN = 2 << 20
# What is not laid out as a log file must be held as a whole: no more than this, whatever it inflates to.
MOST_HELD = 64 << 20
MOST_SINGLES = 1_000_000
_MOST_ARRAYS = 1_000
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_skip = msgspec.json.Decoder(msgspec.Raw).decode
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

    def split_around(self, first: int, last: int) -> tuple[int, list[msgspec.Raw]]:
        """The JSON text of the records of these numbers and of all before or behind them, whichever are fewer; and the
        number of the first of those given."""
        count, text = len(self.items), memoryview(self.text)
        size = len(text) // count
        is_at_end = first + last > count
        if is_at_end:
            seam = self.text.rfind(_SEAM, 0, max(first - 1, 0) * size)
            part: tuple[bytes | memoryview, ...] = (b"[", text[seam + 2 :])
        else:
            seam = self.text.find(_SEAM, (last + 2) * size)
            part = (text[: seam + 1], b"]")
        try:
            records = _split(b"".join(part)) if seam >= 0 else []
        except _REFUSALS:  # the seam stands inside of a record
            records = []
        start = count - len(records) if is_at_end else 0
        return (start, records) if start <= first and last < start + len(records) else (0, self.split())


@dataclass(frozen=True, slots=True)
class Single:
    """One record that must be looked at by itself; perhaps no record at all."""

    raw: bytes


Part = Run[T] | Single | ReadFault


def read_records(content: Iterable[bytes], decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """Every record of a log file, in order, as runs or singles, and the faults of its shape.

    `content` may come in pieces of any size, and of a well-formed file no more than two are held. `decode` takes the
    text of a JSON array and refuses by raising what msgspec raises. Of content that is one single after the other the
    first million are given: no log file has as many records, and hostile ones would take hours.
    """
    singles = 0
    for part in _parts(filter(None, content), decode):
        singles += isinstance(part, Single)
        if singles > MOST_SINGLES:
            yield ReadFault.TOO_LARGE
            return
        yield part


def _parts(content: Iterator[bytes], decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    first = next(content, b"")
    head = _HEAD.match(first)
    if head is None:
        first, is_all = _held(chain((first,), content))
        head = _HEAD.match(first)
        if not is_all:
            yield ReadFault.TOO_LARGE
    if head is None:
        yield from _other_shape(first, decode)
    else:
        yield from _array(_Window(first, content, start=head.end()), decode, seen=1)


def _held(parts: Iterable[bytes]) -> tuple[bytes, bool]:
    """The content in one piece, as far as it may be held, and whether that is all."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        if held and size + len(part) > MOST_HELD:
            return b"".join(held), False
        held.append(part)
        size += len(part)
    return b"".join(held), True


class _Window:
    """The part of a content that is being read.

    `start` is where the next record stands in `text`, or goes on there that began in `carried`.
    """

    def __init__(self, text: bytes, rest: Iterator[bytes], *, start: int) -> None:
        self.text = text
        self.start = start
        self.carried = b""
        self.fault: ReadFault | None = None  # the array did not end as it should
        self._rest = rest
        self._next = next(rest, b"")

    def ends(self) -> Iterator[int]:
        """How far there are whole records: to the last seam of each window, at last to the end of the array."""
        while self._next:
            seam = self.text.rfind(_SEAM, self.start)
            if seam >= 0:
                yield seam + 1
            elif len(self.carried) + len(self.text) - self.start > MOST_HELD:
                break  # no run is that long: its reader takes what remains, and is told there that it is too much
            self._move(doubled=seam < 0)
        self.join()
        tail = _TAIL.search(self.text, max(self.start, len(self.text) - _LONGEST_TAIL))
        self.fault = None if tail else ReadFault.TRUNCATED
        yield tail.start() if tail else len(self.text)

    def join(self) -> int:
        """Have all that is read next in `text`; returns by how much what stands there has moved."""
        moved = len(self.carried) - self.start if self.carried else 0
        if self.carried:
            self.text = b"".join((self.carried, memoryview(self.text)[self.start :]))
            self.carried, self.start = b"", 0
        return moved

    def _move(self, *, doubled: bool) -> None:
        """Take more text in; twice as much where no seam is found, so that no byte is copied often."""
        if doubled:
            self.join()
            further = islice(self._rest, len(self.text) // len(self._next))
            self.text = b"".join((memoryview(self.text)[self.start :], self._next, *further))
        else:
            self.carried, self.text = self.text[self.start :], self._next
        self.start = 0
        self._next = next(self._rest, b"")

    def remaining(self) -> bytes:
        """All that has not been read yet."""
        self.join()
        text, is_all = _held(chain((self.text[self.start :], self._next), self._rest))
        self.fault = None if is_all else ReadFault.TOO_LARGE
        return text


def _array(window: _Window, decode: Callable[[bytes], list[T]], *, seen: int) -> Iterator[Part[T]]:
    """The records of a `Records` array whose first element stands at the window's start; `seen` with those before."""
    for end in window.ends():
        is_split = yield from _until(end, window, decode)
        if not is_split:
            content = window.remaining()
            if window.fault:
                yield window.fault
            yield from _by_structure(content, decode, seen=seen)
            return
    if window.fault:
        yield window.fault


def _until(end: int, window: _Window, decode: Callable[[bytes], list[T]]) -> Generator[Part[T], None, bool]:
    """The records up to `end`; returns whether they could be split, else `window.start` says from where on not."""
    while window.start < end:
        seam = window.text.find(_SEAM, window.start + RUN_BYTES, end)
        stop = seam + 1 if seam >= 0 else end
        if window.carried:
            run = _bridge(window.carried, memoryview(window.text)[window.start : stop], decode)
            if run is None:
                end += window.join()
                continue
            window.carried = b""
            window.start = stop + 1
            yield run
            continue
        if stop - window.start > _LONGEST_RUN:  # some record in it has megabytes: those before it come first
            seam = window.text.rfind(_SEAM, window.start, window.start + RUN_BYTES)
            stop = seam + 1 if seam >= 0 else stop
        found = _run(memoryview(window.text)[window.start : stop], decode)
        if found is None and end - window.start <= _LONGEST_RUN:
            stop, found = end, _balanced(window.text[window.start : end])
        if found is None:
            return False
        yield from found
        window.start = stop + 1
    return True


def _bridge(carried: bytes, elements: memoryview, decode: Callable[[bytes], list[T]]) -> Run[T] | None:
    """The records of an array's inside that begin in one piece of the content and end in the next, and those behind."""
    if len(carried) + len(elements) > _LONGEST_RUN:
        return None
    text = b"".join((b"[", carried, elements, b"]"))
    try:
        return Run(decode(text), text)
    except _REFUSALS:
        return None


def _run(elements: memoryview, decode: Callable[[bytes], list[T]]) -> Iterable[Run[T] | Single] | None:
    """The records of an array's inside, at once or in parts; None where no parser splits it."""
    if len(elements) > _LONGEST_RUN:
        return _one(elements)
    text = b"".join((b"[", elements, b"]"))
    try:
        return (Run(decode(text), text),)
    except _REFUSALS:
        return _halves(text, decode) or _each(text)


def _halves(text: bytes, decode: Callable[[bytes], list[T]]) -> Iterable[Run[T] | Single] | None:
    """What an array holds that has an odd record, so that its neighbours need not be looked at by themselves.

    A seam inside of a record leaves no half that a parser splits. None where there is no seam but such a one.
    """
    middle = len(text) // 2
    seam = text.rfind(_SEAM, 1, middle)
    seam = seam if seam >= 0 else text.find(_SEAM, middle)
    if seam < 0:
        return None
    inside = memoryview(text)
    left = _run(inside[1 : seam + 1], decode)
    right = _run(inside[seam + 2 : -1], decode) if left is not None else None
    return None if left is None or right is None else chain(left, right)


def _each(text: bytes) -> Iterable[Single] | None:
    try:
        return map(Single, map(bytes, _split(text)))
    except _REFUSALS:
        return None


def _one(element: memoryview) -> Iterable[Single] | None:
    """A single record of megabytes, told without making any of its objects."""
    try:
        _skip(element)
    except _REFUSALS:
        return None
    return (Single(bytes(element).strip()),)


def _balanced(text: bytes) -> list[Single] | None:
    """The elements that no parser splits, where their brackets and quotes leave no doubt; reading goes on behind."""
    found = list(pieces(text, 0))
    if found[-1].mark or found[-1].is_open:
        return None
    return [single for piece in found for single in _singles(text[piece.start : piece.end].strip(), is_whole=True)]


def _by_structure(content: bytes, decode: Callable[[bytes], list[T]], *, seen: int) -> Iterator[Part[T]]:
    """The rest of an array that no parser splits, and whatever stands behind it."""
    start = 0
    left = MOST_PIECES
    while left:
        for last in pieces(content, start, most=left):
            left -= 1
            yield from _singles(content[last.start : last.end].strip(), is_whole=last.mark in (b",", b"]"))
        if not last.mark:
            yield ReadFault.TRUNCATED
            return
        if _TAIL.match(content, last.end):
            return
        if seen == 1 and _FURTHER_MEMBER.match(content, last.end):
            yield from _members(b'{"":0' + content[last.end + 1 :], 1, decode, seen=1)
            return
        further = _NEXT_DOCUMENT.match(content, last.end)
        if further:
            yield ReadFault.DUPLICATE_RECORDS
        start = further.end() if further else last.end + 1  # a bracket too many: records may still stand behind it
    yield from _singles(content[start:].strip(), is_whole=False)
    yield ReadFault.TRUNCATED


def _singles(raw: bytes, *, is_whole: bool) -> Iterator[Single]:
    """One piece; where it is no record but seems to hold several, each of these."""
    if b'"eventVersion"' in raw and _is_broken(raw):
        *parts, last = map(bytes.strip, _LOOSE_SEAM.split(raw, MOST_PIECES))
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
    records = 0
    is_digest = False
    for member in members(content, start):
        is_digest |= member.key in _DIGEST_KEYS
        if _name(member.key) != "Records":
            continue
        records += 1
        if records > _MOST_ARRAYS:
            break
        value = content[member.start : member.end].strip()
        if value.startswith(b"["):
            whole = value + (b"}" if member.is_whole else b"")
            yield from _array(_Window(whole, iter(()), start=1), decode, seen=seen + records)
        elif value.startswith(b"{"):  # a single record not in a list: seen in the wild
            yield Single(value)
        else:
            yield ReadFault.NO_RECORDS
    if seen + records > 1:
        yield ReadFault.DUPLICATE_RECORDS
    elif not seen + records:
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
