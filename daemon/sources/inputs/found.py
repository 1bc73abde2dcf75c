"""What a walk over inputs may come upon, and several walks merged into one."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from operator import attrgetter

from daemon.errors import TrailwardenError
from daemon.model import LogObject


class Promise(Enum):
    """What may be expected of a file, before it is opened.

    EVENTS: CloudTrail named it, or a person did; being no log is a fault. JSON: it ends like a log; being broken is
    a fault, being some other JSON is not. PERHAPS: only what begins like a log and breaks off is a fault.
    """

    EVENTS = auto()
    JSON = auto()
    PERHAPS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A log file, or what may be one.

    `read` gives its bytes as they lie there; raises SourceUnavailable, ObjectGone, ObjectTooLarge.
    """

    url: str
    object: LogObject
    promise: Promise
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """Something that should have been evaluated and could not be."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Something that lies among the logs and is none."""

    url: str
    reason: str


def refused(url: str, fault: TrailwardenError) -> NotRead:
    """What a source says of something, with the place that it speaks of, named once."""
    told = str(fault)
    if not told.startswith(f"{url}: ") and told.startswith("s3://"):
        url = told.partition(": ")[0]
    return NotRead(url=url, reason=told.removeprefix(f"{url}: "))


Found = Readable | NotRead | PassedOver


def in_url_order(inputs: Iterable[Iterator[Found]]) -> Iterator[Found]:
    """Merge walks that are each in URL order, lazily; what two of them find comes once."""
    last: Found | None = None
    for found in heapq.merge(*inputs, key=attrgetter("url")):
        if last is None or found.url != last.url or type(found) is not type(last):
            yield found
        last = found
