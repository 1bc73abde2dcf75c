"""Leases and claims: how several daemons on one database share the work, and take over from one that died.

A daemon's life is a lease that it renews. What it claims holds as long as that life does, so that one small row is
renewed however much is claimed. Where a daemon is alone (SQLite) nothing is claimed, and none of this costs anything.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, delete, or_, select, true, update

from daemon.record.dialect import clock_us, insert_or_revive
from daemon.record.engine import Database, repeated
from daemon.record.schema import leases

_RENEWALS = 4  # in the time of a lease: one or two may fail


class SqlLeases:
    """Implements ports.Leases. Ends are by the database's clock, since those of machines differ."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def is_shared(self) -> bool:
        """Whether others may work on this state at the same time."""
        return self._database.holder is not None

    @property
    def renew_every(self) -> timedelta:
        """How often to renew."""
        return self._database.lease / _RENEWALS

    @repeated
    def hold(self, name: str) -> bool:
        """Take this lease if it is free, or go on holding it; False when another daemon has it."""
        holder = self._database.holder
        if holder is None:
            return True
        with self._database.writing() as connection:
            _renew(connection, holder, self._database.lease)
            return _take(connection, name, holder, self._database.lease)

    @repeated
    def renew(self) -> None:
        """Say that this daemon lives: what it holds and has claimed stays its own."""
        holder = self._database.holder
        if holder is not None:
            with self._database.writing() as connection:
                _renew(connection, holder, self._database.lease)

    @repeated
    def release(self) -> None:
        """Give up all that is held or claimed, for others to take at once; a claim made afterwards begins anew."""
        holder = self._database.holder
        if holder is not None:
            with self._database.writing() as connection:
                connection.execute(delete(leases).where(leases.c.holder == holder))


class Claims:
    """Claims on the rows of a table that has `claimed_by`. One is good while the holder's life is."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table
        self._by: Column[str | None] = table.c.claimed_by
        self._renewed_s = float("-inf")

    @property
    def is_needed(self) -> bool:
        """Whether others may work on this state at the same time."""
        return self._database.holder is not None

    def is_free(self) -> ColumnElement[bool]:
        """Whether a row is ours to take: unclaimed, ours already, or of a holder that lives no more."""
        if not self.is_needed:
            return true()
        alive = select(leases.c.holder).where(leases.c.until > clock_us())
        return or_(self._by.is_(None), self._by == self._database.holder, self._by.not_in(alive))

    def is_ours(self) -> ColumnElement[bool]:
        """Whether nobody has taken a row from us. One that outlived our lease and that nobody wanted is still ours."""
        if not self.is_needed:
            return true()
        return or_(self._by.is_(None), self._by == self._database.holder)

    def take(self, connection: Connection, query: Select[Any]) -> list[int]:
        """Claim the rows whose ids a query gives, without waiting for those that others are taking now; in its order.

        Whether a row is free is asked twice: of the rows once they are locked, it is known for certain.
        """
        self._live(connection)
        free = query.where(self.is_free()).with_for_update(skip_locked=True, of=self._table)
        ids: list[int] = list(connection.scalars(free))
        if not ids:
            return []
        mine = update(self._table).where(self._table.c.id.in_(ids), self.is_free())
        claimed = mine.values(claimed_by=self._database.holder).returning(self._table.c.id)
        taken = set(connection.scalars(claimed))
        return [each for each in ids if each in taken]

    def _live(self, connection: Connection) -> None:
        lease, holder = self._database.lease, self._database.holder
        if holder is not None and time.monotonic() - self._renewed_s >= lease.total_seconds() / (2 * _RENEWALS):
            _renew(connection, holder, lease)
            self._renewed_s = time.monotonic()


def _renew(connection: Connection, holder: str, lease: timedelta) -> None:
    if not _take(connection, f"daemon {holder}", holder, lease):
        raise AssertionError("a daemon's own life is held by another")
    others = select(leases.c.name).where(leases.c.holder == holder).order_by(leases.c.name).with_for_update()
    connection.execute(others).all()
    connection.execute(update(leases).where(leases.c.holder == holder).values(until=_end(lease)))


def _take(connection: Connection, name: str, holder: str, lease: timedelta) -> bool:
    is_ours = (leases.c.holder == holder) | (leases.c.until < clock_us())
    insert = insert_or_revive(connection, leases, key=("name",), changed=("holder", "until"), where=is_ours)
    row = {"name": name, "holder": holder, "until": _end(lease)}
    return connection.execute(insert.values(row).returning(leases.c.name)).first() is not None


def _end(lease: timedelta) -> ColumnElement[int]:
    return clock_us() + lease // timedelta(microseconds=1)


def forget_dead(connection: Connection, *, after: timedelta = timedelta(days=1)) -> None:
    """Drop the leases that ended so long ago."""
    connection.execute(delete(leases).where(leases.c.until < clock_us() - after // timedelta(microseconds=1)))
