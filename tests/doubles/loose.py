"""What a text holds, record by record."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from daemon.trail.faults import ReadFault
from daemon.trail.loose import read_loose
from daemon.trail.parts import Run, Single


def split_loose(content: bytes) -> Iterator[bytes | ReadFault]:
    """The JSON text of each record that `read_loose` finds."""
    for part in read_loose(content, msgspec.json.Decoder(list[msgspec.Raw]).decode):
        if isinstance(part, Run):
            yield from map(bytes, part.items)
        else:
            yield part.raw if isinstance(part, Single) else part
