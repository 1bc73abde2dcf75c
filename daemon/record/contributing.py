"""Contributions on their way into the store: correlations and groups made where they are new, rows added once each.

A group that something came for is marked with the event times that changed and the time to look at its windows:
`firings` takes it from there, in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, case, exists, func, select, update

from daemon.model import Bounds, Contribution, Correlation, GroupKey, Sample
from daemon.record.columns import storable
from daemon.record.correlation_tables import contributions, correlation_groups, correlations
from daemon.record.dialect import insert_missing, insert_or_change, insert_plainly
from daemon.windows import fires_at_once

_CHUNK = 500
_c = correlation_groups.c
_MARKS = ("due_at", "changed_from", "changed_to")
_MAX_KEY_CHARS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
SHOWN = ("time", "name", "source", "account", "region", "actor", "object_url")  # of an event, besides its record


class Row(NamedTuple):  # not a dataclass: very many are made, and these are made fast
    """A contribution as it is stored, but for its group's number. `told` is JSON."""

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
    kept = _with_room(connection, correlation, number, groups)
    numbers = _mark(connection, correlation, number, kept, now=now)
    at = to_us(now)
    values = [_values(numbers[key], row, at) for key in sorted(kept) for row in kept[key]]
    if values:
        insert_plainly(connection, contributions, values)
        _note_newest(connection, number, max(row.until for some in kept.values() for row in some))
    return sum(len(some) for some in groups.values()) - len(values)


def _by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    by_group: dict[GroupKey, list[Row]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(row)
    groups: dict[str, list[Row]] = {}
    for group, some in by_group.items():
        groups.setdefault(_key_text(group), []).extend(some)
    return groups


def mark_changed(
    connection: Connection, correlation: Correlation, changes: Mapping[int, tuple[int, int]], *, now: datetime
) -> None:
    """Something has gone from these groups between these event times: they are to be looked at."""
    settle = _settle_us(correlation)
    rows = [
        {"group": group} | _marks(since=since, to=to, at=to_us(now), settle=settle)
        for group, (since, to) in sorted(changes.items())
    ]
    if rows:
        here = {name: bindparam(f"new_{name}", type_=_c[name].type) for name in _MARKS}
        one = update(correlation_groups).where(_c.id == bindparam("group")).values(_marked(here))
        connection.execute(one, [{f"new_{k}" if k in _MARKS else k: v for k, v in row.items()} for row in rows])


def _marks(*, since: int, to: int, at: int, settle: int) -> dict[str, int]:
    due = max(at, since + settle) if settle else at
    return {"due_at": due, "changed_from": since, "changed_to": to}


def _settle_us(correlation: Correlation) -> int:
    """How long ago a window's end must be: only where more events could make its condition untrue."""
    return 0 if fires_at_once(correlation) else correlation.settle // _MICROSECOND


def number_of(connection: Connection, correlation: Correlation) -> int:
    """The number of a correlation as it stands now; one that counts other things than before begins anew."""
    keep = (correlation.timespan + max(correlation.lateness, correlation.settle)) // _MICROSECOND
    row = {"rule_id": correlation.id, "shape": shape_of(correlation), "keep_us": keep}
    connection.execute(insert_missing(connection, correlations), row)
    mine = (correlations.c.rule_id == row["rule_id"]) & (correlations.c.shape == row["shape"])
    found = connection.execute(select(correlations.c.id, correlations.c.keep_us).where(mine)).one()
    if found.keep_us != keep:
        connection.execute(update(correlations).where(mine).values(keep_us=keep))
    return int(found.id)


def shape_of(correlation: Correlation) -> str:
    """Differs when contributions of before cannot be counted together with those of now."""
    fields = correlation.condition.fields if isinstance(correlation.condition, Bounds) else ()
    bases = [[base.rule_id, base.keys] for base in correlation.bases]
    content = json.dumps([correlation.type, bases, correlation.group_by, fields])
    return sha256(content.encode()).hexdigest()[:32]


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(moment: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + moment * _MICROSECOND


def digest_of(group: GroupKey) -> str:
    """A short stand-in for a group, whatever its length."""
    return _digest_of(_key_text(group))


def _digest_of(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _key_text(group: GroupKey) -> str:
    return _json([(name, storable(value)) for name, value in group])


def group_of(text: str) -> GroupKey:
    """The group that a stored key stands for."""
    return tuple((name, value) for name, value in json.loads(text))


def _with_room(
    connection: Connection, correlation: Correlation, number: int, groups: dict[str, list[Row]]
) -> dict[str, list[Row]]:
    """Those groups that are followed already, and as many new ones as there is room for.

    A group of which only a burst is left, for as long as its alert is kept, takes no room.
    """
    of_it = select(func.count()).select_from(correlation_groups).where(_c.correlation_id == number)
    if connection.execute(of_it).scalar_one() + len(groups) <= correlation.max_groups:
        return groups
    is_followed = exists().where(contributions.c.group_id == _c.id)
    followed = connection.execute(of_it.where(is_followed)).scalar_one()
    known = _known(connection, number, groups)
    new = sorted(groups.keys() - known)[: max(correlation.max_groups - followed, 0)]
    return {key: groups[key] for key in (*known, *new)}


def _known(connection: Connection, number: int, texts: Iterable[str]) -> set[str]:
    wanted = sorted(map(_digest_of, texts))
    known: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        some = correlation_groups.c.digest.in_(wanted[start : start + _CHUNK])
        query = select(correlation_groups.c.group_key).where(correlation_groups.c.correlation_id == number, some)
        known.update(connection.scalars(query))
    return known


def _mark(
    connection: Connection, correlation: Correlation, number: int, groups: Mapping[str, Sequence[Row]], *, now: datetime
) -> dict[str, int]:
    """Make or mark the rows of these groups, in order, which locks them; gives their numbers."""
    at, settle = to_us(now), _settle_us(correlation)
    rows: list[dict[str, Any]] = []
    for text in sorted(groups):
        since, to = _extent(groups[text])
        row = _marks(since=since, to=to, at=at, settle=settle)
        rows.append({"correlation_id": number, "digest": _digest_of(text), "group_key": text, **row})
    if not rows:
        return {}
    statement = insert_or_change(
        connection, correlation_groups, key=("correlation_id", "digest"), changes=_marked
    ).returning(correlation_groups.c.group_key, correlation_groups.c.id)
    return {row.group_key: row.id for row in connection.execute(statement, rows)}


def _extent(rows: Sequence[Row]) -> tuple[int, int]:
    if len(rows) == 1:  # mostly
        return rows[0].at, rows[0].until
    return min([row.at for row in rows]), max([row.until for row in rows])


def _marked(new: Mapping[str, ColumnElement[Any]]) -> dict[str, ColumnElement[Any]]:
    """The marks of a group that may have some already."""
    is_new = _c.due_at.is_(None)
    return {
        "due_at": case((_c.due_at < new["due_at"], _c.due_at), else_=new["due_at"]),
        "changed_from": case(
            (is_new | (_c.changed_from > new["changed_from"]), new["changed_from"]), else_=_c.changed_from
        ),
        "changed_to": case((is_new | (_c.changed_to < new["changed_to"]), new["changed_to"]), else_=_c.changed_to),
    }


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
    event = contribution.event
    told = {
        "time": event.time,
        "name": event.name,
        "source": event.source,
        "account": event.account,
        "region": event.region,
        "actor": event.actor.label,
        "object_url": event.object.url,
        "record": contribution.record,
    }
    return _json(told)


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeError:  # half of a surrogate pair: in ASCII it stays storable
        return json.dumps(value, separators=(",", ":"))


def sample_of(key: str, told: str, *, rule: str, summary: str) -> Sample:
    """What an alert shows of a stored contribution."""
    values = json.loads(told)
    shown = [("rule", rule), ("eventName", values["name"]), ("actor", values["actor"])]
    address = values["record"].get("sourceIPAddress")
    return Sample(
        **values,
        event_id=key,
        summary=summary,
        fields=(*shown, *([("sourceIPAddress", address)] if isinstance(address, str) else [])),
    )
