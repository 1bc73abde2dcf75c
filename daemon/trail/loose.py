"""CloudTrail JSON as people have it lying about: log files, lists of events, JSON lines, what tools wrap them in."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from daemon.trail.faults import ReadFault
from daemon.trail.parts import Part, Single
from daemon.trail.records import read_records

T = TypeVar("T")
RECORDS = re.compile(rb'\{\s*"Records"')
_ENVELOPE = b'"detail-type"'
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode
_value = msgspec.json.Decoder(msgspec.Raw).decode


def read_loose(content: bytes, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """Every record of anything that holds CloudTrail JSON, as `records.read_records` gives them.

    Understood are `{"Records": ...}` (also as one object), a list of events, one event, several of these behind each
    other or one a line, `{"Events": [{"CloudTrailEvent": "..."}]}` as `aws cloudtrail lookup-events` prints it, and
    `{"detail-type": "... via CloudTrail", "detail": ...}` as EventBridge delivers it.
    """
    content = _in_utf8(content).strip()
    if not content:
        yield ReadFault.NO_RECORDS
    elif content[:1] not in b"{[":
        yield ReadFault.NOT_JSON
    else:
        for value in _values(content):
            yield from _records_of(value, decode)


def _in_utf8(content: bytes) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what PowerShell's `>` writes
        return content.decode("utf-16", "replace").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def _values(content: bytes) -> Iterator[bytes]:
    """The JSON values of a text: itself, one a line, or one behind the other; what is none of it comes as it is."""
    first, _, rest = content.partition(b"\n")
    if not rest or _is_value(content):
        yield content
    elif _is_value(first):
        yield from filter(None, map(bytes.strip, content.split(b"\n")))
    elif RECORDS.match(content):
        yield content  # a broken log file
    else:
        yield from _in_sequence(content)


def _is_value(content: bytes) -> bool:
    try:
        _value(content)
    except _REFUSALS:
        return False
    return True


def _in_sequence(content: bytes) -> Iterator[bytes]:
    text = content.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder(strict=False)
    start = 0
    while start < len(text):
        try:
            end = decoder.raw_decode(text, start)[1]
        except (ValueError, RecursionError):
            end = len(text)
        yield text[start:end].encode("utf-8", "surrogateescape")
        start = end + len(text[end:]) - len(text[end:].lstrip(" \t\r\n,"))


def _records_of(value: bytes, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """The records in one JSON value."""
    if value.startswith(b"["):
        yield from _in_list(value, decode)
        return
    try:
        found = _object(value)
    except _REFUSALS:
        found = {}
    if "Records" in found or RECORDS.match(value):
        yield from read_records((value,), decode)
    elif "Events" in found:
        yield from _records_of(bytes(found["Events"]), decode)
    elif "CloudTrailEvent" in found:
        yield Single(_embedded(found["CloudTrailEvent"]))
    else:
        yield Single(_delivered(found) or value)


def _delivered(found: dict[str, msgspec.Raw]) -> bytes | None:
    """The record in an event of EventBridge's; None where there is none, or the whole is one."""
    if "detail-type" not in found or "eventVersion" in found:
        return None
    detail = bytes(found.get("detail", b""))
    try:
        return detail if {"eventVersion", "eventName"} <= _object(detail).keys() else None
    except _REFUSALS:
        return None


def _in_list(value: bytes, decode: Callable[[bytes], list[T]]) -> Iterator[Part[T]]:
    """A list of events is read as a log file's; one of anything else, member by member."""
    try:
        first = _array(value)[:1]
        is_wrapped = any({"Records", "Events", "CloudTrailEvent"} & _object(item).keys() for item in first)
        is_wrapped |= _ENVELOPE in value
    except _REFUSALS:
        is_wrapped = False
    if not is_wrapped:
        yield from read_records((b'{"Records":%b}' % value,), decode)
        return
    for item in _array(value):
        yield from _records_of(bytes(item), decode)


def _embedded(text: msgspec.Raw) -> bytes:
    try:
        return _text(text).encode()
    except _REFUSALS:
        return bytes(text)
