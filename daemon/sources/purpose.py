"""What a listing is for, told to whoever counts requests: set around the call, read in the thread that sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

LIST_OPERATION = "ListObjectsV2"


class Purpose(StrEnum):
    """DISCOVER: which shards there are. SWEEP: also a shard's first listing. OTHER: whether a file is gone."""

    POLL = "poll"
    SWEEP = "sweep"
    DISCOVER = "discover"
    OTHER = "other"


_PURPOSE: ContextVar[Purpose] = ContextVar("purpose", default=Purpose.OTHER)


@contextmanager
def listing_for(purpose: Purpose) -> Iterator[None]:
    """Inside, in this thread, listings are for this."""
    before = _PURPOSE.set(purpose)
    try:
        yield
    finally:
        _PURPOSE.reset(before)


def purpose_now() -> Purpose:
    """What listings in this thread are for at the moment."""
    return _PURPOSE.get()
