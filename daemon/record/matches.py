"""Matches: cut to the cap, stored once a rule and event, and read back in order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, bindparam, func, select, update

from daemon.model import GroupKey, Level, Match, ObjectResult
from daemon.record.columns import storable
from daemon.record.dialect import ByBytes, insert_missing
from daemon.record.engine import Database
from daemon.record.novelty import combination_id
from daemon.record.schema import alerts, matches

_CHUNK = 1000
MAX_KEY_CHARS = 200
_EVENT_COLUMNS = ("event_at", "event_time", "event_name", "event_source", "account", "region", "actor", "object_url")
_FROM_EVENT = (*_EVENT_COLUMNS, "combination")
MatchKey = tuple[str, str]  # rule id, event id


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A match on its way into the store. `at` is its event's time, or the log file's where that is unreadable."""

    key: MatchKey
    match: Match
    at: datetime
    clock: datetime  # the recording clock: now, or in replay the event's time
    row_id: int | None
    muted_by: int | None = None  # the mute that covers it

    @property
    def order(self) -> tuple[datetime, MatchKey]:
        """By event time, then by key: the same matches always come in the same order."""
        return self.at, self.key

    @property
    def combination(self) -> str:
        """Of a first-seen rule: a stand-in for what its fields hold."""
        return combination_id(self.match.combination)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMatch:
    """A match as the store gives it back; `title` and `level` are those its alert was opened with.

    `last_at` is when the combination of a first-seen rule was seen before, of those that were asked for it.
    """

    rule_id: str
    title: str
    level: Level
    event_id: str
    event_at: datetime | None
    event_time: str
    event_name: str
    event_source: str
    account: str
    region: str
    actor: str
    object_url: str
    alert_id: str
    recorded_at: datetime
    last_at: datetime | None = None


def find(results: Sequence[ObjectResult], *, now: datetime, cap: int | None) -> tuple[list[Found], int]:
    """The matches of whole objects, once each, ordered by key; and how many were over the cap.

    The first of a group, and of a first-seen rule's combination, is never over it: else a thousand decoys would hide
    whoever comes after them.
    """
    kept: dict[MatchKey, Found] = {}
    over = 0
    for result in results:
        taken: Counter[str] = Counter()
        seen: set[tuple[str, GroupKey, GroupKey]] = set()
        for found in sorted(_unique(result, now=now), key=lambda found: found.order):
            rule_id = found.key[0]
            group = rule_id, found.match.group, found.match.combination
            taken[rule_id] += 1
            if cap is not None and taken[rule_id] > cap and group in seen:
                over += 1
                continue
            seen.add(group)
            if found.key not in kept or _url(found) < _url(kept[found.key]):
                kept[found.key] = found
    return [kept[key] for key in sorted(kept)], over


def insert(connection: Connection, found: Sequence[Found]) -> dict[MatchKey, int]:
    """Store what is not there yet; gives the numbers of just these rows. In key order, so that no two writers lock."""
    if not found:
        return {}
    statement = insert_missing(connection, matches).returning(matches.c.id, matches.c.rule_id, matches.c.event_id)
    rows = connection.execute(statement, [values_of(item) for item in found])
    return {(row.rule_id, row.event_id): row.id for row in rows}


def keep_smallest_url(connection: Connection, duplicates: Sequence[Found]) -> None:
    """Several objects may hold one event: whatever order they come in, the smallest URL names it."""
    one = (matches.c.rule_id == bindparam("k_rule")) & (matches.c.event_id == bindparam("k_event"))
    is_smaller = ByBytes(matches.c.object_url) > ByBytes(bindparam("k_url", type_=Text()))
    columns = {name: bindparam(name, type_=matches.c[name].type) for name in _FROM_EVENT}
    rows = [
        {"k_rule": item.key[0], "k_event": item.key[1], "k_url": _url(item)}
        | {name: value for name, value in values_of(item).items() if name in _FROM_EVENT}
        for item in duplicates
    ]
    if rows:
        connection.execute(update(matches).where(one, is_smaller).values(columns), rows)


def assign(connection: Connection, alert_ids: Mapping[int, str]) -> None:
    """Tell each match the alert it went into."""
    rows = [{"row_id": row_id, "alert": alert_id} for row_id, alert_id in alert_ids.items()]
    if rows:
        one = update(matches).where(matches.c.id == bindparam("row_id"))
        connection.execute(one.values(alert_id=bindparam("alert")), rows)


def iter_matches(database: Database, *, with_last_seen: bool = False) -> Iterator[StoredMatch]:
    """Every match that alerted by event time, event id and rule id, streamed; unreadable times come last.

    `with_last_seen` looks for the one before of the same rule and combination, by the recording clock.
    """
    order = (matches.c.event_at.is_(None), matches.c.event_at, matches.c.event_id, matches.c.rule_id)
    columns = [matches.c[name] for name in ("rule_id", "event_id", *_EVENT_COLUMNS, "alert_id", "recorded_at")]
    joined = matches.join(alerts, alerts.c.id == matches.c.alert_id)
    query = select(*columns, alerts.c.title, _LEVEL).select_from(joined).order_by(*order)
    with database.reading() as connection:
        found = connection.execute(
            query.add_columns(_LAST_AT) if with_last_seen else query, execution_options={"yield_per": _CHUNK}
        )
        for row in found:
            yield StoredMatch(**row._mapping)


_LEVEL = func.coalesce(alerts.c.opened_level, alerts.c.level, type_=alerts.c.level.type).label("level")
_LAST_AT = (
    func.lag(matches.c.recorded_at, type_=matches.c.recorded_at.type)
    .over(partition_by=(matches.c.rule_id, matches.c.combination), order_by=(matches.c.recorded_at, matches.c.event_id))
    .label("last_at")
)


def _unique(result: ObjectResult, *, now: datetime) -> Iterator[Found]:
    by_rule: dict[str, dict[str, Found]] = defaultdict(dict)
    for match in result.matches:
        event = match.event
        at = event.at or event.object.stamped_at
        key = (storable(match.rule.id), storable(event.id, max_chars=MAX_KEY_CHARS))
        is_history = result.row_id is None and not result.object.is_inline and not result.is_of_now
        clock = at if is_history else now
        by_rule[key[0]].setdefault(key[1], Found(key=key, match=match, at=at, clock=clock, row_id=result.row_id))
    for of_rule in by_rule.values():
        yield from of_rule.values()


def _url(found: Found) -> str:
    return storable(found.match.event.object.url)


def values_of(found: Found) -> dict[str, Any]:
    """Into matches."""
    event = found.match.event
    return {
        "rule_id": found.key[0],
        "event_id": found.key[1],
        "object_id": found.row_id,
        "recorded_at": found.clock,
        "event_at": event.at,
        "event_time": storable(event.time),
        "event_name": storable(event.name),
        "event_source": storable(event.source),
        "account": storable(event.account),
        "region": storable(event.region),
        "actor": storable(event.actor.label),
        "object_url": _url(found),
        "combination": found.combination if found.match.rule.options.first_seen else None,
    }
