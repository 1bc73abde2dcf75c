"""The events of a file or of standard input, in any shape CloudTrail JSON comes in, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from daemon.errors import ConfigError, ObjectTooLarge, Problem
from daemon.sources.inputs.found import Readable
from daemon.sources.inputs.local import LocalWalk
from daemon.sources.inputs.window import Window
from daemon.trail.faults import ReadFault
from daemon.trail.gzip_stream import MAGIC
from daemon.trail.inflate import Inflation
from daemon.trail.loose import RECORDS, read_loose
from daemon.trail.parts import Part, Run
from daemon.trail.record import Undecodable, decode_record
from daemon.trail.records import read_records
from daemon.trail.window import MOST_HELD

STANDARD_INPUT = "-"
MAX_BYTES = 2**30  # as of a backtest: compressed or not
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenEvent:
    """One event. `record` is None where it cannot be decoded, and then `fault` says why."""

    number: int
    raw: bytes
    record: dict[str, Any] | None
    fault: str = ""


def read_given(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises ConfigError."""
    if name == STANDARD_INPUT:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise wrong_event(name, f"over {MAX_BYTES} bytes", "hand in the one event")
        return data
    path = Path(name)
    if path.is_dir():
        raise wrong_event(name, "is a folder", "name one file of it; `trailwarden replay` looks through folders")
    found = next(iter(LocalWalk(path=path, window=Window(), max_bytes=MAX_BYTES)))
    if not isinstance(found, Readable):
        raise wrong_event(name, getattr(found, "reason", "cannot be read"))
    try:
        return found.read()
    except ObjectTooLarge as fault:
        raise wrong_event(name, f"over {MAX_BYTES} bytes", "hand in the one event") from fault


def events_in(data: bytes, *, max_bytes: int = MAX_BYTES) -> Iterator[GivenEvent | ReadFault]:
    """Every event, numbered from 1, and the faults of what holds them. No more than a few are held at a time."""
    if not data.strip():
        return
    number = 0
    content = Inflation(data, max_bytes=max_bytes)
    for part in _parts(content):
        if isinstance(part, ReadFault):
            yield part
            continue
        for raw in part.split() if isinstance(part, Run) else [part.raw]:
            number += 1
            yield given_event(bytes(raw), number=number)
    is_plain = content.fault is ReadFault.BAD_GZIP and not data.startswith(MAGIC)  # what it says of any other text
    if content.fault and not is_plain:
        yield content.fault


def given_event(raw: bytes, *, number: int = 1) -> GivenEvent:
    """An event of this JSON text."""
    try:
        return GivenEvent(number=number, raw=raw, record=decode_record(raw))
    except Undecodable as exc:
        return GivenEvent(number=number, raw=raw, record=None, fault=exc.reason.value)


def wrong_event(name: str, what: str, fix: str = "") -> ConfigError:
    """The event that was named cannot be had."""
    return ConfigError([Problem(where=f"--event {name}", what=what, fix=fix)])


def _parts(content: Inflation) -> Iterator[Part[msgspec.Raw]]:
    """A log file is read as it is inflated; anything else is held, which no more than so much of it is."""
    pieces = iter(content)
    first = next(pieces, b"")
    if RECORDS.match(first):
        yield from read_records(chain((first,), pieces), _split)
        return
    held = bytearray(first)
    for piece in pieces:
        if len(held) + len(piece) > MOST_HELD:
            yield ReadFault.TOO_LARGE
            return
        held += piece
    if content.fault is not ReadFault.TOO_LARGE:  # of which nothing is given
        yield from read_loose(bytes(held), _split)
