"""A log file's content in, its records out, whatever shape it has; one bad record never costs its neighbours.

The ladder: short runs of whole records, as the caller's own decoder takes them; a run that it refuses, in halves until
the odd record stands alone; what no parser splits, by its outer structure alone (`scan`), cut again where records
usually begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain

import msgspec

from daemon.trail.faults import ReadFault
from daemon.trail.parts import REFUSALS, SEAM, Part, Run, Single, T, split_array
from daemon.trail.record import Undecodable, decode_record
from daemon.trail.scan import MOST_PIECES, members, pieces
from daemon.trail.window import TAIL, Window, held

RUN_BYTES = 60_000  # a run stays in the processor's cache, and is split again only when one of its records matters
_LOOSE_SEAM = re.compile(rb',\s*(?=\{\s*"eventVersion"\s*:)')
_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"Records"\s*:\s*\[')
_ARRAY_END = re.compile(rb"\]\s*(?:\}\s*)?\Z")  # what a record that is never closed takes along
_FURTHER_MEMBER = re.compile(rb'\]\s*,\s*"')
_NEXT_DOCUMENT = re.compile(rb'\]\s*\}\s*\{\s*"Records"\s*:\s*\[')
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
# A longer run without seams is no longer split by the parser: a megabyte of `{},{},` would become a hundred of objects.
_LONGEST_RUN = 2 << 20
MOST_SINGLES = 1_000_000
_MOST_ARRAYS = 1_000
_skip = msgspec.json.Decoder(msgspec.Raw).decode
_DIGEST_KEYS = {b"digestStartTime", b"digestEndTime", b"digestS3Object"}


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
        first, is_all = held(chain((first,), content))
        head = _HEAD.match(first)
        if not is_all:
            yield ReadFault.TOO_LARGE
    if head is None:
        yield from _other_shape(first, decode)
    else:
        yield from _array(Window(first, content, start=head.end()), decode, seen=1)


def _array(window: Window, decode: Callable[[bytes], list[T]], *, seen: int) -> Iterator[Part[T]]:
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


def _until(end: int, window: Window, decode: Callable[[bytes], list[T]]) -> Generator[Part[T], None, bool]:
    """The records up to `end`; returns whether they could be split, else `window.start` says from where on not."""
    while window.start < end:
        seam = window.text.find(SEAM, window.start + RUN_BYTES, end)
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
            seam = window.text.rfind(SEAM, window.start, window.start + RUN_BYTES)
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
    except REFUSALS:
        return None


def _run(elements: memoryview, decode: Callable[[bytes], list[T]]) -> Iterable[Run[T] | Single] | None:
    """The records of an array's inside, at once or in parts; None where no parser splits it."""
    if len(elements) > _LONGEST_RUN:
        return _one(elements)
    text = b"".join((b"[", elements, b"]"))
    try:
        return (Run(decode(text), text),)
    except REFUSALS:
        return _halves(text, decode) or _each(text)


def _halves(text: bytes, decode: Callable[[bytes], list[T]]) -> Iterable[Run[T] | Single] | None:
    """What an array holds that has an odd record, so that its neighbours need not be looked at by themselves.

    A seam inside of a record leaves no half that a parser splits. None where there is no seam but such a one.
    """
    middle = len(text) // 2
    seam = text.rfind(SEAM, 1, middle)
    seam = seam if seam >= 0 else text.find(SEAM, middle)
    if seam < 0:
        return None
    inside = memoryview(text)
    left = _run(inside[1 : seam + 1], decode)
    right = _run(inside[seam + 2 : -1], decode) if left is not None else None
    return None if left is None or right is None else chain(left, right)


def _each(text: bytes) -> Iterable[Single] | None:
    try:
        return map(Single, map(bytes, split_array(text)))
    except REFUSALS:
        return None


def _one(element: memoryview) -> Iterable[Single] | None:
    """A single record of megabytes, told without making any of its objects."""
    try:
        _skip(element)
    except REFUSALS:
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
        if TAIL.match(content, last.end):
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
            yield from _array(Window(whole, iter(()), start=1), decode, seen=seen + records)
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
    except REFUSALS:
        return ""


def _nothing_found(content: bytes) -> ReadFault:
    try:
        msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
    except REFUSALS:
        return ReadFault.NOT_JSON
    return ReadFault.NO_RECORDS
