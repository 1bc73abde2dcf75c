"""Files as large as CloudTrail's largest, and larger ones."""

from __future__ import annotations

import gzip
import io
import random
from base64 import b64encode
from collections.abc import Iterable, Iterator

from tests.corpus.making import Case, event, ids, text

_MILLION = 1_000_000
_EVERY = 10_000  # of so many records one is good


def sizes() -> Iterator[Case]:
    """A file of 50 MB, and one of a million records."""
    yield Case(name="50 MB", content=_fifty_megabytes, found=ids("50 MB", 20), is_large=True)
    found = ids("a million records", _MILLION // _EVERY)
    yield Case(name="a million records", content=_a_million_records, found=found, is_large=True)


def _fifty_megabytes() -> bytes:
    """Records that gzip cannot make smaller: CloudTrail's files have 50 MB at most as they are stored."""
    chance = random.Random(7)
    name = "50 MB"

    def records() -> Iterator[bytes]:
        for number in range(500):
            noise = b64encode(chance.randbytes(100_000)).decode()
            good = number % 25 == 0
            yield text(event(name, number // 25, **({} if good else {"eventName": "GetObject"}), userAgent=noise))

    return _stored(records(), level=1)


def _a_million_records() -> bytes:
    name = "a million records"
    plain = text(event(name, 0, eventName="DescribeInstances"))
    return _stored(
        (text(event(name, number // _EVERY)) if number % _EVERY == 0 else plain for number in range(_MILLION)), level=1
    )


def _stored(records: Iterable[bytes], *, level: int) -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=level, mtime=0) as writer:
        writer.write(b'{"Records":[')
        for number, record in enumerate(records):
            writer.write(b"," + record if number else record)
        writer.write(b"]}")
    return stream.getvalue()
