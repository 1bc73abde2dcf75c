"""What correlations may forget: contributions past every window that may still be looked at, and groups left empty.

A contribution goes once event time has gone on for its correlation's timespan and lateness since: measured by the
newest event that counted anywhere, not by the clock, so that a daemon that was down for days begins where it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select

from daemon.record.contributing import to_us
from daemon.record.correlation_tables import bursts, contributions, correlation_groups, correlations
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
    reached = max(min(newest, to_us(now)), to_us(now - _LONGEST))
    return sum(_forget(database, row.id, reached - row.keep_us) for row in known)


def _forget(database: Database, number: int, bound: int) -> int:
    """Group by group, in the order of their numbers."""
    total, after = 0, 0
    while True:
        with database.writing() as connection:
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
