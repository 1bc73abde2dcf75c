"""Turns what a listing gave into the objects of one shard, and counts by reason what is passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from daemon.model import LogObject, Shard
from daemon.trail.keys import SkipReason, parse_key

log = structlog.get_logger("trailwarden")

_NAMED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One listed key. `skip`: why the listing itself says that it is not to be read."""

    key: str
    size: int
    etag: str
    last_modified: datetime
    skip: SkipReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skips:
    """What one listing passes over: how many keys for each reason, and the first of them.

    `named` are the URLs that the log has named already; a source hands the same set to each listing.
    """

    named: set[str]
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)


def sort_out(entries: Iterable[Entry], shard: Shard, *, url_base: str, skips: Skips) -> list[LogObject]:
    """The log files among the entries, in their order. `url_base` and the key make the URL; `skips` is added to.

    The first key that is passed over for a reason is named in the log, once while it stays where it is.
    """
    objects: list[LogObject] = []
    for entry in entries:
        taken = _as_object(entry, shard, url_base)
        if isinstance(taken, SkipReason):
            if taken not in skips.first:
                skips.first[taken] = entry.key
                _name(f"{url_base}{entry.key}", taken, skips.named)
            skips.counts[taken] += 1
        else:
            objects.append(taken)
    return objects


def _name(url: str, reason: SkipReason, named: set[str]) -> None:
    if url in named:
        return
    if len(named) >= _NAMED:  # said again rather than kept without end
        named.clear()
    named.add(url)
    log.info("key passed over", url=url, reason=reason.value)


def _as_object(entry: Entry, shard: Shard, url_base: str) -> LogObject | SkipReason:
    parts = entry.skip or parse_key(entry.key)
    if isinstance(parts, SkipReason):
        return parts
    if parts.shard_path != shard.path:
        return SkipReason.CONTRADICTS_PATH
    return LogObject(
        bucket=shard.bucket,
        key=entry.key,
        account=shard.account,
        region=shard.region,
        org_id=shard.org_id,
        kind=shard.kind,
        stamped_at=parts.stamped_at,
        unique=parts.unique,
        size=entry.size,
        etag=entry.etag,
        last_modified=entry.last_modified,
        url=f"{url_base}{entry.key}",
    )
