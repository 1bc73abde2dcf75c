"""Mutes in the database: which are in force as matches are recorded, made, made longer, confirmed and ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from daemon.model import CONFIRM_WITHIN, Alert, Level, Mute, MuteRequest, MuteScope, MuteState, Person
from daemon.record.answer_tables import mutes
from daemon.record.columns import storable
from daemon.record.engine import Database
from daemon.record.schema import alerts
from daemon.trail.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The mutes that hold in this transaction."""

    mutes: tuple[Mute, ...] = ()

    def of(self, *, rule_id: str, level: Level, account: str, principal: str) -> int | None:
        """The mute that covers such a match: of several one that reaches further, then the oldest. None: nobody has."""
        about = {"account": storable(account), "principal": storable(principal)}
        covering = (mute.id for mute in self.mutes if mute.covers(rule_id=rule_id, level=level, **about))
        return next(covering, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteStanding:
    """A mute, and how many events it has kept quiet so far."""

    mute: Mute
    matches: int


def in_force(connection: Connection, *, now: datetime) -> InForce:
    """Those that hold now, as of this very transaction: all replicas obey a mute from its commit on."""
    holding = (mutes.c.until_at > now) & (mutes.c.from_at <= now) & mutes.c.ended_at.is_(None)
    rows = connection.execute(select(mutes).where(holding).order_by(mutes.c.with_critical.desc(), mutes.c.id))
    return InForce(mutes=tuple(map(mute_of, rows)))


def list_mutes(database: Database, *, now: datetime, with_over: bool, limit: int) -> list[MuteStanding]:
    """The newest mutes, each with what it muted; those that are over only when asked for."""
    kept = func.coalesce(func.sum(alerts.c.count), 0)
    counted = select(kept).where(alerts.c.muted_by == mutes.c.id).scalar_subquery().label("muted_matches")
    query: Select[Any] = select(mutes, counted)
    if not with_over:
        query = query.where(is_live(now))
    with database.reading() as connection:
        rows = connection.execute(query.order_by(mutes.c.id.desc()).limit(limit))
        return [MuteStanding(mute=mute_of(row), matches=int(row.muted_matches)) for row in rows]


def count_live(database: Database, *, now: datetime) -> Mapping[MuteState, int]:
    """How many hold, and how many wait for a second person, without a look at what they muted."""
    is_waiting = mutes.c.until_at.is_(None).label("is_waiting")
    query = select(is_waiting, func.count().label("mutes")).where(is_live(now)).group_by(is_waiting)
    with database.reading() as connection:
        found = {bool(row.is_waiting): int(row.mutes) for row in connection.execute(query)}
    return {MuteState.IN_FORCE: found.get(False, 0), MuteState.WAITING: found.get(True, 0)}


def load_mutes(connection: Connection, ids: Sequence[int]) -> dict[int, Mute]:
    """Mutes by number."""
    return {row.id: mute_of(row) for row in connection.execute(select(mutes).where(mutes.c.id.in_(ids)))} if ids else {}


def like(connection: Connection, alert: Alert, subject: Subject, request: MuteRequest, *, now: datetime) -> list[Mute]:
    """The live mutes of the same rule for the same, of the same reach, oldest first.

    One that reaches what is critical stands beside one that does not: else the longer of the two would go on for both.
    """
    account, principal = target(subject, request.scope)
    same = (mutes.c.rule_id == alert.rule_id) & (mutes.c.scope == request.scope.value)
    same &= mutes.c.with_critical.is_(request.with_critical)
    same &= (mutes.c.account == account) & (mutes.c.principal == principal)
    return [mute_of(row) for row in connection.execute(select(mutes).where(same, is_live(now)).order_by(mutes.c.id))]


def make(
    connection: Connection, alert: Alert, subject: Subject, request: MuteRequest, *, by: Person, now: datetime
) -> Mute:
    """A new one: in force at once, but for everybody's, which waits for a second person."""
    account, principal = target(subject, request.scope)
    is_waiting = request.scope is MuteScope.ALL
    values = {
        "rule_id": alert.rule_id,
        "title": alert.title,
        "scope": request.scope.value,
        "account": account,
        "principal": principal,
        "reason": storable(request.reason),
        "duration_s": int(request.duration.total_seconds()),
        "with_critical": request.with_critical,
        "alert_id": alert.id,
        "made_by_id": storable(by.id),
        "made_by_name": storable(by.name),
        "made_at": now,
        "from_at": None if is_waiting else now,
        "until_at": None if is_waiting else now + request.duration,
    }
    return mute_of(connection.execute(mutes.insert().values(values).returning(mutes)).one())


def change(connection: Connection, mute_id: int, **values: Any) -> Mute:
    """Write these columns of one."""
    one = update(mutes).where(mutes.c.id == mute_id).values(values)
    return mute_of(connection.execute(one.returning(mutes)).one())


def target(subject: Subject, scope: MuteScope) -> tuple[str, str]:
    """Account and principal, as far as the scope goes by them."""
    account = storable(subject.account) if scope is not MuteScope.ALL else ""
    return account, storable(subject.principal) if scope is MuteScope.IDENTITY else ""


def mute_of(row: Row[Any]) -> Mute:
    """From mutes."""
    return Mute(
        id=row.id,
        rule_id=row.rule_id,
        title=row.title,
        scope=MuteScope(row.scope),
        account=row.account,
        principal=row.principal,
        reason=row.reason,
        duration=timedelta(seconds=row.duration_s),
        with_critical=row.with_critical,
        alert_id=row.alert_id,
        made_by=Person(id=row.made_by_id, name=row.made_by_name),
        made_at=row.made_at,
        from_at=row.from_at,
        until_at=row.until_at,
        confirmed_by=_person(row.confirmed_by_id, row.confirmed_by_name),
        ended_by=_person(row.ended_by_id, row.ended_by_name),
        ended_at=row.ended_at,
    )


def _person(person_id: str | None, name: str | None) -> Person | None:
    return None if person_id is None else Person(id=person_id, name=name or "")


def is_live(now: datetime) -> ColumnElement[bool]:
    """Of mutes: those that hold, or wait for a second person."""
    never_held = mutes.c.until_at.is_(None)
    is_waiting = never_held & (mutes.c.made_at > now - CONFIRM_WITHIN)
    return mutes.c.ended_at.is_(None) & (is_waiting | (~never_held & (mutes.c.until_at > now)))  # never NULL
