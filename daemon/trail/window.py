"""The part of a log file's content that is held while it is read: of a well-formed one no more than two pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from daemon.trail.faults import ReadFault
from daemon.trail.parts import SEAM

# What is not laid out as a log file must be held as a whole: no more than this, whatever it inflates to.
MOST_HELD = 64 << 20
TAIL = re.compile(rb"\]\s*\}\s*\Z")
_LONGEST_TAIL = 200


def held(parts: Iterable[bytes]) -> tuple[bytes, bool]:
    """The content in one piece, as far as it may be held, and whether that is all."""
    found: list[bytes] = []
    size = 0
    for part in parts:
        if found and size + len(part) > MOST_HELD:
            return b"".join(found), False
        found.append(part)
        size += len(part)
    return b"".join(found), True


class Window:
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
            seam = self.text.rfind(SEAM, self.start)
            if seam >= 0:
                yield seam + 1
            elif len(self.carried) + len(self.text) - self.start > MOST_HELD:
                break  # no run is that long: its reader takes what remains, and is told there that it is too much
            self._move(doubled=seam < 0)
        self.join()
        tail = TAIL.search(self.text, max(self.start, len(self.text) - _LONGEST_TAIL))
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
        text, is_all = held(chain((self.text[self.start :], self._next), self._rest))
        self.fault = None if is_all else ReadFault.TOO_LARGE
        return text
