"""What the names of people's own files promise: a log of CloudTrail's, something that may be one, or nothing."""

from __future__ import annotations

import re

from daemon.sources.inputs.found import Promise
from daemon.trail.keys import LogKey, parse_key

_LOG = re.compile(r".*\.(json|jsonl|ndjson)(\.gz)?", re.IGNORECASE | re.DOTALL)
_PERHAPS = re.compile(r"[^.]+|.*\.(gz|log|txt)", re.IGNORECASE | re.DOTALL)
_PACKED = re.compile(r".*\.(json|jsonl|ndjson|log)\.(bz2|xz|zst|lz4|zip|7z|gpg)", re.IGNORECASE | re.DOTALL)
_CLOUDTRAIL = re.compile(r"([0-9]{12})_([A-Za-z-]+)_([a-z0-9-]+)_(?:.*_)?([0-9]{4})([0-9]{2})([0-9]{2})T[0-9]+Z.*")


def promise_of(name: str) -> Promise | None:
    """What a file's endings promise; None when it is nothing for us."""
    if _LOG.fullmatch(name):
        return Promise.JSON
    return Promise.PERHAPS if _PERHAPS.fullmatch(name) else None


def is_packed(name: str) -> bool:
    """Whether it ends like a log that was compressed or encrypted in a way that is not read here."""
    return _PACKED.fullmatch(name) is not None


def parse_path(path: str) -> LogKey | None:
    """What a path tells of the file when its name is CloudTrail's own, also unpacked or moved to another folder."""
    folder, _, name = path.rpartition("/")
    packed = name if name.endswith(".gz") else f"{name}.gz"
    parsed = parse_key(f"{folder}/{packed}")
    if not isinstance(parsed, LogKey) and (found := _CLOUDTRAIL.match(name)):
        account, kind, region, *date = found.groups()
        parsed = parse_key("/".join(["AWSLogs", account, kind, region, *date, packed]))
    return parsed if isinstance(parsed, LogKey) else None
