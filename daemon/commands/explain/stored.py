"""An event of which only the id is known: from the store's sample of it, or from the log file it came in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from daemon.commands.explain.given import GivenEvent, events_in, given_event, wrong_event
from daemon.config import SourceConfig
from daemon.errors import TrailwardenError
from daemon.model import LogObject
from daemon.pipeline.event import event_of
from daemon.ports import Source
from daemon.record.events import KeptSample, StoredEvent
from daemon.sources.build import split_key
from daemon.trail.faults import RejectReason
from daemon.trail.keys import LogKey, parse_key
from daemon.trail.masking import is_whole
from daemon.trail.record import reject

OpenSource = Callable[[SourceConfig], Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """The event, where it was had from, and what is doubtful about that (nothing: empty)."""

    event: GivenEvent
    origin: str
    doubt: str = ""


def recall(
    event_id: str, stored: StoredEvent | None, sources: Sequence[SourceConfig], *, open_source: OpenSource
) -> Recalled:
    """The event of this id. Raises ConfigError when it cannot be had.

    A sample that was masked or cut may read otherwise than the event did, so then the log file is read again.
    """
    if stored is None:
        what = "neither a file nor the id of an event in the state store"
        raise wrong_event(event_id, what, "the store knows events that a rule matched: of others, name the log file")
    kept = stored.kept
    if kept is not None and is_whole(kept.sample.record):
        return _from_sample(kept)
    faults = []
    for url in stored.object_urls:
        try:
            return Recalled(event=_read_again(event_id, url, sources, open_source), origin=f"the log file {url}")
        except TrailwardenError as fault:
            faults.append(str(fault))
    if kept is None:
        raise wrong_event(event_id, "no alert keeps it, and its log file cannot be read", "; ".join(faults))
    doubt = f"parts of the sample are masked or cut, and its log file cannot be read again: {'; '.join(faults)}"
    return _from_sample(kept, doubt=doubt)


def _from_sample(kept: KeptSample, *, doubt: str = "") -> Recalled:
    raw = json.dumps(kept.sample.record, ensure_ascii=False).encode()
    return Recalled(event=given_event(raw), origin=f"the sample that alert {kept.alert_id} keeps", doubt=doubt)


def _read_again(event_id: str, url: str, sources: Sequence[SourceConfig], open_source: OpenSource) -> GivenEvent:
    """The event in its log file. Raises TrailwardenError."""
    for config in sources:
        source = open_source(config)
        obj = _object(url, source.name)
        if obj is None:
            continue
        for found in events_in(source.get(obj), max_bytes=config.max_object_bytes):
            if isinstance(found, GivenEvent) and _id_of(found, obj) == event_id:
                return found
        raise TrailwardenError(f"{url}: does not hold the event")
    raise TrailwardenError(f"{url}: in none of the configured sources")


def _id_of(found: GivenEvent, obj: LogObject) -> str:
    salvaged = found.record if found.record is not None else reject(found.raw, RejectReason.NOT_JSON).salvaged
    return event_of(salvaged, found.raw, obj).id


def _object(url: str, source: str) -> LogObject | None:
    """The log file of a URL, as a source of this name knows it; None where it is not in there."""
    if not url.startswith(f"{source}/"):
        return None
    key = split_key(url)[1] if url.startswith("s3://") else url.removeprefix(f"{source}/")
    named = parse_key(key)
    if not isinstance(named, LogKey):
        return None
    return LogObject(
        bucket=source,
        key=key,
        account=named.account,
        region=named.region,
        org_id=named.org_id,
        kind=named.kind,
        stamped_at=named.stamped_at,
        unique=named.unique,
        size=0,
        etag="",
        last_modified=named.stamped_at,
        url=url,
    )
