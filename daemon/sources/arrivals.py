"""Which log file of which source a queue tells of: a key and the places that are watched in, an arrival out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from daemon.model import LogObject, Shard
from daemon.ports import Arrival
from daemon.trail.envelopes import InlineEvent, ObjectKey
from daemon.trail.keys import ROOT, LogKey, Scope, SkipReason, is_organisation, parse_key

_LONGEST_AHEAD = timedelta(days=1)  # of our own clock, which may be slow


class ArrivalReason(StrEnum):
    """Why what a queue tells is not taken, besides what keys themselves say against it."""

    FOREIGN_BUCKET = "foreign_bucket"
    OTHER_PREFIX = "other_prefix"
    BEFORE_START = "before_start"
    NOT_OPEN = "source_not_open"
    INLINE_OFF = "inline_off"
    ACCOUNTS_DISAGREE = "accounts_disagree"
    STAMPED_AHEAD = "stamped_ahead"
    TOO_MANY_SHARDS = "too_many_shards"


Reason = ArrivalReason | SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A source that a queue tells of: a prefix of a bucket, and what of it is wanted."""

    source: str
    bucket: str
    prefix: str
    scope: Scope
    takes_events: bool = False


Starts = dict[str, datetime | None]  # of the sources that the ledger knows


def arrival_of(key: ObjectKey, places: Sequence[Place], *, starts: Starts, now: datetime) -> Arrival | Reason:
    """The arrival of the object that a key names, or why it is passed over."""
    there = [place for place in places if place.bucket == key.bucket]
    if not there:
        return ArrivalReason.FOREIGN_BUCKET
    parts = parse_key(key.key)
    if isinstance(parts, SkipReason):
        return parts
    place = next((place for place in there if _is_under(parts, place.prefix)), None)
    if place is None:
        return ArrivalReason.OTHER_PREFIX
    refusal = place.scope.refusal(account=parts.account, kind=parts.kind, region=parts.region)
    if refusal is not None:
        return refusal
    if parts.stamped_at > now + _LONGEST_AHEAD:
        return ArrivalReason.STAMPED_AHEAD  # it would stay in the ledger until that day
    if place.source not in starts:
        return ArrivalReason.NOT_OPEN
    start_at = starts[place.source]
    if start_at is not None and parts.stamped_at < start_at.replace(second=0, microsecond=0):
        return ArrivalReason.BEFORE_START  # a listing would not take it either
    return _arrival(key, parts, place, now=now)


def place_of_event(event: InlineEvent, places: Sequence[Place]) -> Place | Reason:
    """The source that an inline event belongs to, or why it is passed over."""
    takers = [place for place in places if place.takes_events]
    if not takers:
        return ArrivalReason.INLINE_OFF
    if event.recipient and event.recipient != event.account:
        return ArrivalReason.ACCOUNTS_DISAGREE
    refusals = [place.scope.refusal(account=event.account, kind=event.kind, region=event.region) for place in takers]
    taker = next((place for place, refusal in zip(takers, refusals, strict=True) if refusal is None), None)
    return taker or next(refusal for refusal in refusals if refusal)


def _is_under(parts: LogKey, prefix: str) -> bool:
    """Whether a listing of the prefix would find it: under `AWSLogs`, or Control Tower's `o-id/AWSLogs`."""
    above = parts.shard_path.split("/")[: -4 if parts.org_id else -3]
    beside = "/".join(above[:-1])
    folder, _, name = beside.rpartition("/")
    return above[-1] == ROOT and (beside == prefix or (folder == prefix and is_organisation(name)))


def _arrival(key: ObjectKey, parts: LogKey, place: Place, *, now: datetime) -> Arrival:
    shard = Shard(
        bucket=place.bucket,
        path=parts.shard_path,
        org_id=parts.org_id,
        account=parts.account,
        kind=parts.kind,
        region=parts.region,
    )
    obj = LogObject(
        bucket=place.bucket,
        key=key.key,
        account=parts.account,
        region=parts.region,
        org_id=parts.org_id,
        kind=parts.kind,
        stamped_at=parts.stamped_at,
        unique=parts.unique,
        size=key.size or 0,
        etag=key.etag,
        # When the row may leave the ledger rests on it: a message that lies may make it leave early, and be read again.
        last_modified=min(key.written_at or now, now),
        url=f"s3://{place.bucket}/{key.key}",
    )
    return Arrival(source=place.source, shard=shard, object=obj)
