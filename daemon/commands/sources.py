"""`sources list`: every shard with what was heard of it last, worst first; prints, and gives the exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from daemon.commands.moments import moment
from daemon.commands.tables import print_rows
from daemon.config import Config, SourceConfig
from daemon.ports import ToldSilence
from daemon.record.overview import ShardStanding, SourceStanding
from daemon.record.store import Store
from daemon.service.silence import terms_of
from daemon.sources.build import scope_of, source_name
from daemon.sources.window import NEVER_COMPLETE
from daemon.trail.listening import shard_sounds
from daemon.trail.silence import State

_COLUMNS = (
    *("account", "region", "kind", "status", "newest_event", "newest_file", "listed_at", "swept_at"),
    *("pending", "quarantined", "paused", "source"),
)
# Worst first: the order of the list.
_RANKS = ("silent", "missing", "paused", "stale", "quarantined", "pending", "learning", "unheard", "active", "excluded")
_STALE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    rank: int
    cells: tuple[object, ...]


def list_sources(store: Store, config: Config, *, now: datetime, as_json: bool) -> int:
    """Print the shards of every source that the state knows, also of those that are no longer configured."""
    configured = {source_name(each): each for each in config.sources}
    lines = [line for each in store.sources() for line in _lines(each, configured.get(each.name), now=now)]
    lines.sort(key=lambda line: line.rank)
    print_rows(_COLUMNS, [line.cells for line in lines], as_json=as_json)
    return 0


def _lines(source: SourceStanding, config: SourceConfig | None, *, now: datetime) -> Iterable[_Line]:
    for shard in source.shards:
        if shard.heard.shard.kind:  # else it only remembers an account whose folder may not be looked into
            yield _shard_line(shard, source, config, now=now)
    for account, silence in source.missing.items():
        status = f"never appeared, missed since {moment(silence.since)}"
        yield _line("missing", account, None, None, status, source=source.name)


def _shard_line(shard: ShardStanding, source: SourceStanding, config: SourceConfig | None, *, now: datetime) -> _Line:
    heard = shard.heard
    rank, status = _status(shard, source, config, now=now)
    return _line(
        rank,
        heard.shard.account,
        heard.shard.region,
        heard.shard.kind,
        status,
        *map(_moment, (heard.event_at, heard.heard_at, heard.listed_at, shard.swept_at)),
        shard.pending,
        shard.quarantined,
        _pause(shard, now=now),
        source=source.name,
    )


def _status(
    shard: ShardStanding, source: SourceStanding, config: SourceConfig | None, *, now: datetime
) -> tuple[str, str]:
    """How it ranks, and a word for it. The silence is the one that the daemon told, or would tell next."""
    told = shard.silence or source.silence
    if config is None or _is_excluded(shard, config):
        return "excluded", "not configured"
    if config.is_listened_to and told is not None:
        return "silent", _since(told)
    if _pause(shard, now=now):
        return "paused", "paused"
    every = config.poll_every
    if (shard.heard.listed_at or source.began_at) < now - max(3 * every, _STALE):
        return "stale", "not listed lately"
    if shard.quarantined:
        return "quarantined", "has files set aside"
    if shard.pending:
        return "pending", "files wait"
    (sound,) = shard_sounds([shard.heard], vanished=(), now=now, began_at=source.began_at, terms=terms_of(config))
    state = sound.verdict.state
    if state is State.SILENT and not config.is_listened_to:
        state = State.ACTIVE
    return state.value, state.value


def _is_excluded(shard: ShardStanding, config: SourceConfig) -> bool:
    of = shard.heard.shard
    return scope_of(config).refusal(account=of.account, kind=of.kind, region=of.region) is not None


def _since(silence: ToldSilence) -> str:
    return f"silent since {moment(silence.since)}"


def _pause(shard: ShardStanding, *, now: datetime) -> str | None:
    if shard.paused_until is None or shard.paused_until <= now:
        return None
    return f"{shard.pause_reason} until {moment(shard.paused_until)}"


def _line(rank: str, *cells: object, source: str) -> _Line:
    empty = (None,) * (len(_COLUMNS) - 1 - len(cells))
    return _Line(rank=_RANKS.index(rank), cells=(*cells, *empty, source))


def _moment(at: datetime | None) -> str | None:
    return None if at is None or at == NEVER_COMPLETE else moment(at)
