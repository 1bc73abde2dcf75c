"""Correlations and their groups as the store numbers them, and the marks of groups in which something has changed.

A group that is marked says between which event times something came or went, and when its windows are to be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Text, bindparam, case, exists, func, select, update

from daemon.model import Bounds, Correlation, GroupKey
from daemon.record.columns import storable
from daemon.record.correlation_tables import contributions, correlation_groups, correlations
from daemon.record.dialect import insert_missing, is_among
from daemon.windows import fires_at_once

_c = correlation_groups.c
_MARKS = ("due_at", "changed_from", "changed_to")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


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


def known_numbers(connection: Connection, in_force: Sequence[Correlation]) -> dict[int, Correlation]:
    """Those of which anything is stored, by their numbers."""
    by_key = {(correlation.id, shape_of(correlation)): correlation for correlation in in_force}
    rows = connection.execute(select(correlations.c.id, correlations.c.rule_id, correlations.c.shape)).all()
    return {row.id: by_key[row.rule_id, row.shape] for row in rows if (row.rule_id, row.shape) in by_key}


def number_groups(
    connection: Connection, correlation: Correlation, number: int, texts: Collection[str]
) -> dict[str, int]:
    """The numbers of these groups (by `key_text`), those made that are new and have room; their rows are locked.

    A group of which only a burst is left, for as long as its alert is kept, takes no room.
    """
    digests = {_digest_of(text): text for text in texts}
    known = _known(connection, number, digests)
    new = [(digest, digests[digest]) for digest in sorted(digests.keys() - known.keys())]
    if new and (room := _room(connection, correlation, number, len(new))):
        rows = [{"correlation_id": number, "digest": digest, "group_key": text} for digest, text in new[:room]]
        connection.execute(insert_missing(connection, correlation_groups), rows)
        known |= _known(connection, number, [digest for digest, _ in new[:room]])
    return {digests[digest]: group_id for digest, group_id in known.items()}


def _known(connection: Connection, number: int, digests: Collection[str]) -> dict[str, int]:
    found = connection.execute(_KNOWN, {"number": number, "digests": json.dumps(list(digests))})
    return {row.digest: row.id for row in found}


_KNOWN = (
    select(_c.digest, _c.id)
    .where(_c.correlation_id == bindparam("number"), is_among(_c.digest, bindparam("digests", type_=Text())))
    .order_by(_c.digest)
    .with_for_update()
)


def _room(connection: Connection, correlation: Correlation, number: int, wanted: int) -> int:
    """How many of so many new groups may be followed."""
    of_it = select(func.count()).select_from(correlation_groups).where(_c.correlation_id == number)
    if connection.execute(of_it).scalar_one() + wanted <= correlation.max_groups:
        return wanted
    is_followed = exists().where(contributions.c.group_id == _c.id)
    return max(correlation.max_groups - int(connection.execute(of_it.where(is_followed)).scalar_one()), 0)


def mark_changed(
    connection: Connection, correlation: Correlation, changes: Mapping[int, tuple[int, int]], *, now: datetime
) -> None:
    """Something has come to these groups, or gone, between these event times: they are to be looked at."""
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


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(moment: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + moment * _MICROSECOND


def digest_of(group: GroupKey) -> str:
    """A short stand-in for a group, whatever its length."""
    return _digest_of(key_text(group))


def _digest_of(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def key_text(group: GroupKey) -> str:
    """A group as it is stored."""
    return msgspec.json.encode([(name, storable(value)) for name, value in group]).decode()


def group_of(text: str) -> GroupKey:
    """The group that a stored key stands for."""
    return tuple((name, value) for name, value in json.loads(text))
