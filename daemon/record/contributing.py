"""Contributions on their way into the store: correlations and groups made where they are new, rows added once each.

A group that something came for is marked with the event times that changed and the time to look at its windows:
`firings` takes it from there, in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Text, bindparam, func, select, update

from daemon.model import Contribution, Correlation, GroupKey, Sample
from daemon.record.columns import storable
from daemon.record.correlation_state import key_text, mark_changed, number_groups, number_of, to_us
from daemon.record.correlation_tables import contributions, correlations
from daemon.record.dialect import insert_plainly, is_among
from daemon.windows import least_occurrences, timespan_us

_has = contributions.c
Changes = Mapping[int, tuple[int, int]]  # group -> the event times between which something has changed
_MAX_KEY_CHARS = 200
# What `told` holds of an event, in this order: without the names, which would be much of a row.
TOLD = ("time", "name", "source", "account", "region", "actor", "object_url", "record")


class Row(NamedTuple):  # not a dataclass: very many are made, and these are made fast
    """A contribution as it is stored, but for its group's number. `told` is a JSON list."""

    group: GroupKey
    base: int
    at: int
    until: int
    key: str
    values: tuple[str | float, ...]
    told: str


def row_of(contribution: Contribution) -> Row | None:
    """None where the event's time cannot be read: it has no place in any window."""
    event = contribution.event
    if event.at is None:
        return None
    at = to_us(event.at)
    return Row(
        group=contribution.group,
        base=contribution.base,
        at=at,
        until=at,
        key=storable(event.id, max_chars=_MAX_KEY_CHARS),
        values=contribution.values,
        told=_told(contribution),
    )


def add(connection: Connection, correlation: Correlation, rows: Iterable[Row], *, now: datetime) -> int:
    """Add what is not there yet; gives how many had no room, since too many groups are followed already."""
    groups = _by_key(rows)
    if not groups:
        return 0
    number = number_of(connection, correlation)
    numbers = number_groups(connection, correlation, number, groups)
    at = to_us(now)
    values = [_values(group_id, row, at) for key, group_id in sorted(numbers.items()) for row in groups[key]]
    if values:
        insert_plainly(connection, contributions, values)
        _note_newest(connection, number, max(row.until for key in numbers for row in groups[key]))
    changes = {group_id: _extent(groups[key]) for key, group_id in numbers.items()}
    mark_changed(connection, correlation, _worth_a_look(connection, correlation, changes), now=now)
    return sum(map(len, groups.values())) - len(values)


def _worth_a_look(connection: Connection, correlation: Correlation, changes: Changes) -> Changes:
    """Without the groups that cannot have enough rows by now for their condition to hold: mostly nearly all."""
    least = least_occurrences(correlation)
    if least == 1 or not changes:
        return changes
    reach = timespan_us(correlation)
    since, to = min(since for since, _ in changes.values()) - reach, max(to for _, to in changes.values()) + reach
    asked = {"groups": json.dumps(list(changes)), "since": since, "to": to, "least": least}
    return {group_id: changes[group_id] for group_id in connection.scalars(_FULL, asked)}


_FULL = (
    select(_has.group_id)
    .where(
        is_among(_has.group_id, bindparam("groups", type_=Text())),
        _has.at.between(bindparam("since"), bindparam("to")),
    )
    .group_by(_has.group_id)
    .having(func.count() >= bindparam("least"))
)


def _by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    by_group: dict[GroupKey, list[Row]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(row)
    groups: dict[str, list[Row]] = {}
    for group, some in by_group.items():
        groups.setdefault(key_text(group), []).extend(some)
    return groups


def _extent(rows: Sequence[Row]) -> tuple[int, int]:
    if len(rows) == 1:  # mostly
        return rows[0].at, rows[0].until
    return min([row.at for row in rows]), max([row.until for row in rows])


def _values(group_id: int, row: Row, at: int) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    value = _json([_kept(each) for each in row.values]) if row.values else None
    return group_id, row.at, row.key, row.base, row.until, at, value, row.told


def _kept(value: str | float) -> str | float:
    """Texts are only told apart, and one of them may be a secret."""
    return (
        blake2b(value.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
        if isinstance(value, str)
        else value
    )


def _note_newest(connection: Connection, number: int, newest: int) -> None:
    mine = (correlations.c.id == number) & (func.coalesce(correlations.c.newest_at, 0) < newest)
    connection.execute(update(correlations).where(mine).values(newest_at=newest))


def _told(contribution: Contribution) -> str:
    event, url = contribution.event, contribution.event.object.url
    shown = (event.time, event.name, event.source, event.account, event.region, event.actor.label, url)
    return _json((*shown, contribution.record))


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeError:  # half of a surrogate pair: in ASCII it stays storable
        return json.dumps(value, separators=(",", ":"))


def sample_of(key: str, told: str, *, rule: str, summary: str) -> Sample:
    """What an alert shows of a stored contribution."""
    values = dict(zip(TOLD, json.loads(told), strict=True))
    shown = [("rule", rule), ("eventName", values["name"]), ("actor", values["actor"])]
    address = values["record"].get("sourceIPAddress")
    return Sample(
        **values,
        event_id=key,
        summary=summary,
        fields=(*shown, *([("sourceIPAddress", address)] if isinstance(address, str) else [])),
    )
