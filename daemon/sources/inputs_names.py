"""What the names of people's own files promise: a log of CloudTrail's, something that may be one, or nothing."""

from __future__ import annotations

import re
from enum import Enum, auto

from daemon.trail.keys import LogKey, parse_key

_LOG = re.compile(r".*\.(json|jsonl|ndjson)(\.gz)?", re.IGNORECASE | re.DOTALL)
_MAYBE = re.compile(r"[^.]+|.*\.(gz|log|txt)", re.IGNORECASE | re.DOTALL)
_PACKED = re.compile(r".*\.(json|jsonl|ndjson|log)\.(bz2|xz|zst|lz4|zip|7z|gpg)", re.IGNORECASE | re.DOTALL)
_CLOUDTRAIL = re.compile(r"([0-9]{12})_([A-Za-z-]+)_([a-z0-9-]+)_(?:.*_)?([0-9]{4})([0-9]{2})([0-9]{2})T[0-9]+Z.*")


class Promise(Enum):
    """How much a name promises. LOG: not being able to read it is a fault; MAYBE: it is looked into."""

    LOG = auto()
    MAYBE = auto()
    PACKED = auto()
    NOTHING = auto()


def promise_of(name: str) -> Promise:
    """Judge a file's name by its endings."""
    if _LOG.fullmatch(name):
        return Promise.LOG
    if _PACKED.fullmatch(name):
        return Promise.PACKED
    return Promise.MAYBE if _MAYBE.fullmatch(name) else Promise.NOTHING


def parse_path(path: str) -> LogKey | None:
    """What a path tells of the file when its name is CloudTrail's own, also unpacked or moved to another folder."""
    folder, _, name = path.rpartition("/")
    found = _CLOUDTRAIL.match(name)
    if found is None:
        return None
    packed = name if name.endswith(".gz") else f"{name}.gz"
    parsed = parse_key(f"{folder}/{packed}")
    if not isinstance(parsed, LogKey):
        account, kind, region, *date = found.groups()
        parsed = parse_key("/".join(["AWSLogs", account, kind, region, *date, packed]))
    return parsed if isinstance(parsed, LogKey) else None
