"""What a log file is read as: runs of records that a decoder took in one go, and records that stand by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from daemon.trail.faults import ReadFault

T = TypeVar("T")
SEAM = b'},{"eventVersion":'  # CloudTrail writes eventVersion first; inside a string the quote would be escaped
REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)  # what a parser raises
split_array = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(slots=True)  # not frozen: there is one every few records, and freezing costs more than the rest of it
class Run(Generic[T]):
    """Records that the caller's decoder took in one go; `split()` gives their bytes, in the same order."""

    items: list[T]
    text: bytes  # a JSON array

    def split(self) -> list[msgspec.Raw]:
        """The JSON text of each."""
        return split_array(self.text)

    def split_around(self, first: int, last: int) -> tuple[int, list[msgspec.Raw]]:
        """The JSON text of the records of these numbers and of all before or behind them, whichever are fewer; and the
        number of the first of those given."""
        count, text = len(self.items), memoryview(self.text)
        size = len(text) // count
        is_at_end = first + last > count
        if is_at_end:
            seam = self.text.rfind(SEAM, 0, max(first - 1, 0) * size)
            part: tuple[bytes | memoryview, ...] = (b"[", text[seam + 2 :])
        else:
            seam = self.text.find(SEAM, (last + 2) * size)
            part = (text[: seam + 1], b"]")
        try:
            records = split_array(b"".join(part)) if seam >= 0 else []
        except REFUSALS:  # the seam stands inside of a record
            records = []
        start = count - len(records) if is_at_end else 0
        return (start, records) if start <= first and last < start + len(records) else (0, self.split())


@dataclass(frozen=True, slots=True)
class Single:
    """One record that must be looked at by itself; perhaps no record at all."""

    raw: bytes


Part = Run[T] | Single | ReadFault
