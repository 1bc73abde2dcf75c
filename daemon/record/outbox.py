"""The outbox: deliveries owed, handed out in order, and settled by what became of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal_column, select, update

from daemon.model import (
    OFTEN,
    REFUSED_ALONE,
    Dead,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Gathering,
    Pause,
    Retry,
    SendOutcome,
    Sent,
)
from daemon.ports import Parcel
from daemon.record.columns import storable
from daemon.record.converse import FOLLOWED, go_on_after
from daemon.record.engine import Database, repeated
from daemon.record.leases import Claims
from daemon.record.parcels import pack
from daemon.record.schema import deliveries
from daemon.record.stragglers import part_stragglers
from daemon.record.threads import lock_threads

PARENT_DEAD = "parent_dead"
# Adding nothing keeps a planner from walking all that was ever sent there instead of the little that is owed.
_any_destination = deliveries.c.destination + literal_column("''")
# What a newer version beside this one has made is left to it.
_IS_KNOWN = deliveries.c.kind.in_([kind.value for kind in DeliveryKind])
_SKEW = timedelta(minutes=1)
_AGAIN = timedelta(minutes=1)  # where neither the caller nor the destination says when


class SqlOutbox:
    """Implements ports.Outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims = Claims(database, deliveries)

    @repeated
    def due(
        self,
        destination: str,
        *,
        now: datetime,
        limit: int,
        drain: bool = False,
        tried: Collection[int] | None = None,
        without: Collection[DeliveryKind] = (),
    ) -> list[Parcel]:
        """Due deliveries by level (highest first), then age, or as a destination that may be away asks for them.

        Where several daemons share the state each is claimed: what another is about to send is left out.
        """
        if drain:
            self._end_minute(destination, now=now)
        # What was made in the future was made by a clock that has been set back since: it is not to wait for it. Not
        # by one that is a little ahead: replicas' clocks differ, and what is held would be told at once.
        is_ahead = deliveries.c.created_at > now + _SKEW
        is_due = (deliveries.c.due_at <= now) | is_ahead & deliveries.c.due_at.is_not(None)
        query = (
            select(deliveries)
            .where(deliveries.c.destination == destination, deliveries.c.settled_at.is_(None), is_due, _IS_KNOWN)
            .order_by(*_order(tried))
            .limit(limit)
        )
        if without:
            query = query.where(deliveries.c.kind.not_in([kind.value for kind in without]))
        if self._claims.is_needed:
            return self._claim(query, now=now)
        with self._database.reading() as connection:
            return pack(connection, connection.execute(query).all(), now=now)

    def _claim(self, query: Select[Any], *, now: datetime) -> list[Parcel]:
        """The claim is committed before anything is read for sending: what comes under a summary later is not in it."""
        with self._database.writing() as connection:
            ids = self._claims.take(connection, query.with_only_columns(deliveries.c.id))
        with self._database.reading() as connection:
            rows = {row.id: row for row in connection.execute(select(deliveries).where(deliveries.c.id.in_(ids)))}
            return pack(connection, [rows[each] for each in ids if each in rows], now=now)

    @repeated
    def settle(self, delivery: Delivery, outcome: SendOutcome, *, now: datetime, due_at: datetime | None) -> None:
        """Write down what became of an attempt, for the children too; a delivery settled before stays as it is.

        Of one that another daemon has taken over only that it was sent is written down: that cannot be undone, and
        whoever has it need not send it again.
        """
        values, is_settled = _after(delivery, outcome, now=now, due_at=due_at)
        # By its number too: of what comes again, an answer that was late says nothing of the next time.
        this = (deliveries.c.id == delivery.id) & (deliveries.c.seq == delivery.seq)
        one = update(deliveries).where(this, deliveries.c.settled_at.is_(None))
        if not isinstance(outcome, Sent):
            one = one.where(self._claims.is_ours())
        with self._database.writing() as connection:
            if delivery.kind in FOLLOWED:  # in the order in which whoever records locks them
                lock_threads(connection, delivery.destination, [delivery.alert_id])
            if connection.execute(one.values(values | {"claimed_by": None})).rowcount and is_settled:
                part_stragglers(connection, delivery, now=now)
                _settle_children(connection, delivery.id, outcome, now=now)
                go_on_after(connection, delivery, now=now)

    def next_due_at(self, destination: str) -> datetime | None:
        """When something next falls due there; None when nothing is owed."""
        owed = (
            (_any_destination == destination) & deliveries.c.settled_at.is_(None) & self._claims.is_free() & _IS_KNOWN
        )
        with self._database.reading() as connection:
            due_at: datetime | None = connection.execute(select(func.min(deliveries.c.due_at)).where(owed)).scalar_one()
        return due_at

    def _end_minute(self, destination: str, *, now: datetime) -> None:
        """Summaries still growing fall due now; what comes afterwards gets one of its own. Quiet hours stay quiet."""
        growing = (
            (deliveries.c.destination == destination)
            & deliveries.c.settled_at.is_(None)
            & (deliveries.c.kind == DeliveryKind.SUMMARY.value)
            & (deliveries.c.attempts == 0)
            & (deliveries.c.gathers.is_distinct_from(Gathering.QUIET.value))
            & (deliveries.c.due_at > now)
        )
        with self._database.writing() as connection:
            connection.execute(update(deliveries).where(growing).values(due_at=now))


def _order(tried: Collection[int] | None) -> list[ColumnElement[Any]]:
    is_quiet = deliveries.c.kind.in_([DeliveryKind.UPDATE.value, DeliveryKind.REPLY.value])
    by_level = [case((is_quiet, 1), else_=0), deliveries.c.level.desc(), deliveries.c.created_at, deliveries.c.id]
    is_often_tried = deliveries.c.attempts >= OFTEN
    is_singled_out = is_often_tried & (deliveries.c.reason == REFUSED_ALONE)
    if not tried:
        return [case((is_singled_out if tried is None else is_often_tried, 1), else_=0), *by_level]
    rank = case((deliveries.c.id.in_(tried), 2), (is_singled_out, 1), else_=0)
    by_age = [deliveries.c.created_at, deliveries.c.id]
    return [rank, *(column if len(tried) % 2 else column.desc() for column in by_age)]


def _after(
    delivery: Delivery, outcome: SendOutcome, *, now: datetime, due_at: datetime | None
) -> tuple[dict[str, Any], bool]:
    """The columns after an attempt, and whether that settles it.

    A pause is no attempt, since nothing is wrong with the delivery: it keeps its place among those that wait.
    """
    tried = {"attempts": deliveries.c.attempts + 1}
    match outcome:
        case Sent():
            sent = {"state": DeliveryState.SENT.value, "reason": None, "remote_ref": _reference(outcome)}
            return {**tried, **sent, **_told(delivery, now=now), "settled_at": now, "due_at": None}, True
        case Dead():
            dead = {"state": DeliveryState.DEAD.value, "reason": storable(outcome.reason)}
            return {**tried, **dead, "settled_at": now, "due_at": None}, True
        case Retry():
            again = due_at or now + (outcome.after or _AGAIN)
            postponed = {"reason": storable(outcome.reason), "due_at": again}
            return {**tried, **postponed, "created_at": min(delivery.created_at, now)}, False
        case Pause():
            return {"reason": storable(outcome.reason)}, False
        case _:
            assert_never(outcome)


def _told(delivery: Delivery, *, now: datetime) -> dict[str, Any]:
    """What of the alert is known there from now on."""
    edition = delivery.edition
    return {} if edition is None else {"told_version": edition.version, "told_count": edition.count, "told_at": now}


def _reference(sent: Sent) -> str | None:
    return None if sent.remote_ref is None else storable(sent.remote_ref)


def _settle_children(connection: Connection, parent_id: int, outcome: SendOutcome, *, now: datetime) -> None:
    """Opens that a summary told are sent with it; what waited for its parent may go, or goes with it."""
    children = (deliveries.c.parent_id == parent_id) & deliveries.c.settled_at.is_(None)
    held = children & (deliveries.c.state == DeliveryState.HELD.value)
    if isinstance(outcome, Sent):
        told = {"state": DeliveryState.SENT.value, "settled_at": now, "remote_ref": _reference(outcome)}
        connection.execute(update(deliveries).where(held).values(told))
        ready = {"due_at": now, "parent_ref": _reference(outcome)}
        connection.execute(update(deliveries).where(children).values(ready))
    else:
        lost = {"state": DeliveryState.DEAD.value, "settled_at": now, "reason": PARENT_DEAD}
        connection.execute(update(deliveries).where(children).values(lost))
