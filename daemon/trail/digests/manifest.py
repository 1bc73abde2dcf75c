"""What a digest says of a log file beside what we know of it."""

from __future__ import annotations

from enum import StrEnum

from daemon.model import KnownFile, ObjectState
from daemon.trail.faults import ReadFault

# What lies there is not what CloudTrail wrote, whatever its content may be.
BROKEN = frozenset({ReadFault.BAD_GZIP, ReadFault.TRUNCATED, ReadFault.TRAILING_BYTES})


class Verdict(StrEnum):
    """What becomes of a file that a digest names. WAIT: it is still to be read. UNKNOWN: ask the bucket."""

    PROVED = "proved"
    CHANGED = "changed"
    DELETED = "deleted"
    NOT_HASHED = "not_hashed"
    WAIT = "wait"
    UNKNOWN = "unknown"


def verdict_on(expected: str, known: KnownFile | None) -> Verdict:
    """`expected` is the hash that the digest names."""
    if known is None:
        return Verdict.UNKNOWN
    if known.state is ObjectState.PENDING:
        return Verdict.WAIT
    if known.state is ObjectState.GONE:
        return Verdict.DELETED
    if known.reason in BROKEN:
        return Verdict.CHANGED
    if known.sha256 is None:
        return Verdict.NOT_HASHED
    return Verdict.PROVED if known.sha256 == expected else Verdict.CHANGED
