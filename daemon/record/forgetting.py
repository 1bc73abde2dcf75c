"""What correlations may forget: contributions past every window that may still be looked at, and groups left empty.

A contribution goes once event time has gone on for its correlation's timespan and lateness since: measured by the
newest event that counted anywhere, not by the clock, so that a daemon that was down for days begins where it was.
Windows that still wait to be looked at keep what lies in them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select, update

from daemon.record.correlation_state import to_us
from daemon.record.correlation_tables import bursts, contributions, correlation_groups, correlations
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database
from daemon.record.schema import alerts

_LONGEST = timedelta(days=35)  # that nothing more came anywhere: then nothing will, for those of before
_GROUPS = 1_000  # looked at in one transaction
_has, _group = contributions.c, correlation_groups.c


def forget_contributions(database: Database, *, now: datetime) -> int:
    """Forget them, in small transactions that hold nobody up; gives how many."""
    with database.reading() as connection:
        known = connection.execute(select(correlations.c.id, correlations.c.keep_us)).all()
        newest = connection.execute(select(func.max(correlations.c.newest_at))).scalar_one() or 0
    long_ago = to_us(now - _LONGEST)
    reached = max(min(newest, to_us(now)), long_ago)
    total = 0
    for row in known:
        waiting = max(_waiting_from(database, row.id, otherwise=reached), long_ago)
        total += _forget(database, row.id, min(reached, waiting) - row.keep_us)
    return total


def _waiting_from(database: Database, number: int, *, otherwise: int) -> int:
    """The event time from which on windows wait to be looked at."""
    waiting = select(func.min(_group.changed_from)).where(_group.correlation_id == number, _group.due_at.is_not(None))
    with database.reading() as connection:
        found: int | None = connection.execute(waiting).scalar_one()
    return otherwise if found is None else found


def _forget(database: Database, number: int, bound: int) -> int:
    """Group by group, in the order of their numbers; from now on no window is looked at that begins before."""
    total, after = 0, 0
    before = func.coalesce(correlations.c.forgotten_to, bound - 1)
    with database.writing() as connection:
        wait_for_turn(connection)
        mine = (correlations.c.id == number) & (before < bound)
        connection.execute(update(correlations).where(mine).values(forgotten_to=bound))
    while True:
        with database.writing() as connection:
            wait_for_turn(connection)
            of_it = select(_group.id).where(_group.correlation_id == number, _group.id > after)
            some = list(connection.scalars(of_it.order_by(_group.id).limit(_GROUPS)))
            if not some:
                return total
            old = delete(contributions).where(_has.group_id.between(some[0], some[-1]), _has.group_id.in_(of_it))
            total += connection.execute(old.where(_has.until < bound)).rowcount
            # A burst outlives what made it, so that an event delivered once more finds that it was told.
            is_told = exists().where(alerts.c.id == bursts.c.alert_id)
            ended = delete(bursts).where(bursts.c.group_id.between(some[0], some[-1]), bursts.c.group_id.in_(of_it))
            connection.execute(ended.where(~is_told, bursts.c.last_at < bound))
            is_in_use = exists().where(_has.group_id == _group.id) | exists().where(bursts.c.group_id == _group.id)
            empty = delete(correlation_groups).where(
                _group.id.between(some[0], some[-1]), _group.correlation_id == number
            )
            connection.execute(empty.where(~is_in_use))
        after = some[-1]
