"""What `check` says about proof of completeness: whether digests come, can be read, and their keys be asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from daemon.errors import ObjectGone, ObjectUnreadable, SourceUnavailable
from daemon.ports import Discovery
from daemon.sources.diagnose import Diagnosable, Finding
from daemon.sources.digests.keys import PublicKeys

_SHARDS_PROBED = 5
_MOST_REFUSALS = 3  # regions: one that does not answer takes a minute
_NAMED = 5


def diagnose_digests(source: Diagnosable, keys: PublicKeys, *, now: datetime, is_required: bool) -> Iterator[Finding]:
    """Look at everything that proving needs; never raises for what the environment refuses.

    Keys are asked for in each region that has digests, since a policy of the organisation may deny some.
    """
    where = source.name
    try:
        discovery = source.discover()
        if discovery.faults and not discovery.shards:
            yield _fault(where, discovery.faults[0])
            return
        if not discovery.shards:
            what = "no digest files come, so nothing proves that all log files were evaluated"
            fix = "switch log file validation on (aws cloudtrail update-trail --enable-log-file-validation)"
            yield Finding(where=where, what=what, fix=fix, is_fault=is_required, is_doubt=not is_required)
            return
        yield _probe(source, discovery)
    except (SourceUnavailable, ObjectUnreadable) as fault:
        yield _fault(where, fault)
        return
    yield from _ask(where, keys, regions=sorted({shard.region for shard in discovery.shards}), now=now)


def _probe(source: Diagnosable, discovery: Discovery) -> Finding:
    """Read from the first digest that can be found."""
    for shard in discovery.shards[:_SHARDS_PROBED]:
        for obj in source.list_shard(shard, after=None, limit=1).objects[:1]:
            try:
                source.probe(obj)
            except ObjectGone:
                continue
            return Finding(where=source.name, what=f"digest {obj.url} can be read")
    return Finding(where=source.name, what="there is no digest yet to try reading on")


def _ask(where: str, keys: PublicKeys, *, regions: Collection[str], now: datetime) -> Iterator[Finding]:
    asked: list[str] = []
    refused = 0
    for region in regions:
        try:
            keys.find(region, "", start=now, end=now)
        except SourceUnavailable as fault:
            refused += 1
            yield _fault(where, fault)
            if refused == _MOST_REFUSALS:
                break
        else:
            asked.append(region)
    if asked:
        more = f" and {len(asked) - _NAMED} more" if len(asked) > _NAMED else ""
        named = ", ".join(asked[:_NAMED]) + more
        yield Finding(where=where, what=f"the keys of digests can be asked for (cloudtrail:ListPublicKeys in {named})")


def _fault(where: str, fault: Exception) -> Finding:
    return Finding(where=where, what=str(fault).removeprefix(f"{where}: "), is_fault=True)
