"""Gathers what a daily digest tells: what happened in a period, and how sources and destinations stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from daemon.config import Config, SourceConfig
from daemon.model.day import Day, DestinationHealth, LiveMute, SourceHealth
from daemon.ports import ToldSilence
from daemon.record.counts import SourceCounts
from daemon.record.daily import SqlDaily
from daemon.record.overview import ShardStanding, SourceStanding
from daemon.record.store import Store
from daemon.sources.build import scope_of, source_name

_MOST_MUTES = 200


def gather(
    store: Store,
    config: Config,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    rule_counts: Mapping[str, int] | None = None,
) -> Day:
    """Everything from `since` until before `until`, and how it stands `now`. Raises StoreError."""
    counts = store.counts(now=now)
    enabled = [each.name for each in config.destinations if each.enabled]
    standing = {each.name: each for each in store.sources()}
    return Day(
        since=since,
        until=until,
        happened=SqlDaily(store.database).happened(since=since, until=until, destinations=enabled),
        mutes=tuple(
            LiveMute(mute=each.mute, matches=each.matches)
            for each in store.answers.mutes(now=now, with_over=False, limit=_MOST_MUTES)
        ),
        sources=tuple(
            _source(store, each, standing.get(name), counts.sources.get(name, SourceCounts()), now=now)
            for each in config.sources
            for name in (source_name(each),)
        ),
        destinations=tuple(
            DestinationHealth(
                name=name, pending=owed.pending if owed else 0, oldest_at=owed.oldest_at if owed else None
            )
            for name in enabled
            for owed in (counts.destinations.get(name),)
        ),
        rules=rule_counts,
    )


def _source(
    store: Store, config: SourceConfig, standing: SourceStanding | None, counts: SourceCounts, *, now: datetime
) -> SourceHealth:
    name = source_name(config)
    if standing is None:
        return SourceHealth(name=name, shards=0)
    watched = [each for each in standing.shards if each.heard.shard.kind and _is_watched(each, config)]
    ends = [chain.head.ended_at for chain in store.digests.chains(name).values()] if config.digest != "off" else []
    return SourceHealth(
        name=name,
        shards=len(watched),
        newest_event_at=max((at for each in watched if (at := each.heard.event_at)), default=None),
        newest_file_at=max((at for each in watched if (at := each.heard.heard_at)), default=None),
        pending=counts.pending,
        oldest_pending_at=counts.oldest_pending_at,
        quarantined=counts.quarantined,
        silent=_silent(watched, standing.silence) if config.is_listened_to else (),
        missing=tuple(sorted(standing.missing)),
        refused=tuple(f"{_place(each)} ({each.pause_reason})" for each in watched if _is_paused(each, now)),
        proved_until=(max(ends), min(ends)) if ends else None,
        unseen=store.digests.count_outstanding(name) if config.digest != "off" else 0,
    )


def _is_watched(shard: ShardStanding, config: SourceConfig) -> bool:
    of = shard.heard.shard
    return scope_of(config).refusal(account=of.account, kind=of.kind, region=of.region) is None


def _silent(shards: list[ShardStanding], whole: ToldSilence | None) -> tuple[str, ...]:
    """Those of which people were told; the whole source where that is silent."""
    return ("the whole source",) if whole else tuple(_place(each) for each in shards if each.silence is not None)


def _place(shard: ShardStanding) -> str:
    of = shard.heard.shard
    return f"{of.account} {of.region}" if of.kind == "CloudTrail" else f"{of.account} {of.region} {of.kind}"


def _is_paused(shard: ShardStanding, now: datetime) -> bool:
    return shard.paused_until is not None and shard.paused_until > now
