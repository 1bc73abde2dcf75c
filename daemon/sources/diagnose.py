"""What `check` says about a source: who asks, what is missing and what to do. A source in, findings out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from daemon.errors import EnvironmentReason, ObjectGone, ObjectUnreadable, SourceUnavailable, TrailwardenError
from daemon.model import LogObject
from daemon.ports import Discovery, Source
from daemon.sources.identity import who_asks
from daemon.sources.s3 import S3Source
from daemon.sources.walk import Folder
from daemon.trail.keys import ROOT, SkipReason

_SHARDS_PROBED = 5  # one of them will have an object, or a trail has only just begun
_GLANCES = 40  # requests spent on finding a trail elsewhere
_DEPTH = 3  # folders that a prefix may have
_SUGGESTED = 5
_FILTERS = {
    SkipReason.FOREIGN_ACCOUNT: "accounts",
    SkipReason.OTHER_KIND: "kinds",
    SkipReason.FOREIGN_REGION: "regions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing worth knowing about a source; `fix` says what to do about a fault."""

    where: str
    what: str
    fix: str = ""
    is_fault: bool = False
    is_doubt: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.fix}" if self.fix else "")


class Diagnosable(Source, Protocol):
    """A source that can be looked at closely."""

    def glance(self, prefix: str) -> Folder:
        """The first things under a prefix, at the cost of one request. Raises SourceUnavailable."""

    def locate(self, key: str) -> str:
        """The URL of a key or prefix."""

    def probe(self, obj: LogObject) -> None:
        """Read one byte, which needs every permission that reading needs. Raises as `get` does."""


def diagnose(source: Diagnosable) -> list[Finding]:
    """Look at everything that polling a source needs; never raises for what the environment refuses."""
    findings = []
    if isinstance(source, S3Source):
        told, has_credentials = who_asks(source.access)
        findings.append(Finding(where=source.name, what=told, is_fault=not has_credentials))
        if not has_credentials:
            return findings
    return [*findings, *_trail(source)]


def _trail(source: Diagnosable) -> Iterator[Finding]:
    try:
        discovery = source.discover()
        for fault in discovery.faults:
            yield _refused(source, fault)
        if discovery.shards:
            yield Finding(where=source.name, what=_summary(discovery))
            yield _probe(source, discovery)
        elif not discovery.faults:
            yield _nothing_wanted(source, discovery)
    except (SourceUnavailable, ObjectUnreadable) as fault:
        yield _refused(source, fault)


def _refused(source: Diagnosable, fault: TrailwardenError) -> Finding:
    return Finding(where=source.name, what=str(fault).removeprefix(f"{source.name}: "), is_fault=True)


def _summary(discovery: Discovery) -> str:
    accounts = _counted("account", len({shard.account for shard in discovery.shards}))
    regions = _counted("region", len({shard.region for shard in discovery.shards}))
    return f"{_counted('shard', len(discovery.shards))}, of {accounts} and {regions}"


def _counted(noun: str, count: int) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _probe(source: Diagnosable, discovery: Discovery) -> Finding:
    """Read from the first object that can be found."""
    for shard in discovery.shards[:_SHARDS_PROBED]:
        for obj in source.list_shard(shard, after=None, limit=1).objects[:1]:
            try:
                source.probe(obj)
            except ObjectGone:
                continue
            return Finding(where=source.name, what=f"{obj.url} can be read")
    return Finding(where=source.name, what="there is no log file yet to try reading on")


def _nothing_wanted(source: Diagnosable, discovery: Discovery) -> Finding:
    kept_out = sorted({setting for reason, setting in _FILTERS.items() if discovery.skipped.get(reason)})
    if kept_out:
        what = f"nothing here is wanted: all of it is kept out by {', '.join(kept_out)}"
        return Finding(where=source.name, what=what, fix="widen these settings", is_fault=True)
    suggested = [source.locate(prefix).rstrip("/") for prefix in _trails_elsewhere(source)]
    fix = f"did you mean {' or '.join(suggested)}?" if suggested else "check URL and trail; it may not have begun yet"
    what = "no trail is laid out here ([prefix/]AWSLogs/<account>/CloudTrail/…)"
    return Finding(where=source.name, what=what, fix=fix, is_fault=True)


def _trails_elsewhere(source: Diagnosable) -> list[str]:
    """Prefixes that hold a folder AWSLogs, nearest to the root first; gives up after a bounded search."""
    level, found, glances = [""], list[str](), 0
    for _ in range(_DEPTH + 1):
        below: list[str] = []
        for prefix in level:
            if glances == _GLANCES or len(found) == _SUGGESTED:
                return found
            glances += 1
            names = _names(source, prefix)
            if ROOT in names:
                found.append(prefix)
            below += [f"{prefix}{name}/" for name in names if name != ROOT]
        level = below
    return found


def _names(source: Diagnosable, prefix: str) -> tuple[str, ...]:
    try:
        return source.glance(prefix).names
    except SourceUnavailable as fault:
        # Our own policy allows no look beside the trail; that is no reason to keep still about there being none.
        if fault.reason is not EnvironmentReason.ACCESS_DENIED:
            raise
        return ()
