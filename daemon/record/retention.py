"""What may be forgotten, and the forgetting, in small transactions that hold nobody up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, exists, select

from daemon.record.answer_tables import acknowledgements, answers, mutes, verdicts
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database
from daemon.record.escalation_tables import escalations
from daemon.record.forgetting import forget_contributions
from daemon.record.learning import forget
from daemon.record.leases import forget_dead
from daemon.record.mutes import is_live
from daemon.record.schema import alerts, deliveries, groups, matches, objects
from daemon.record.strangers import forget_strangers

# CloudTrail delivers again for 30 days and the late sweep looks back 35: a match must be known for longer than its
# log file could come back, else the file would alert a second time.
SWEEP_HORIZON = timedelta(days=35)
_BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows were forgotten."""

    alerts: int
    matches: int
    combinations: int = 0


def prune(database: Database, *, keep_alerts: timedelta, keep_objects: timedelta, now: datetime) -> Pruned:
    """Forget old alerts and matches.

    An alert goes once it is closed, older than `keep_alerts`, nothing of it is owed to anyone, and no mute that was
    made from it holds; how it was answered goes with it. Mutes and the trail of answers go when as old. A match
    goes once it is older than that, than any log file that could still be taken in, and its own log file has left the
    ledger.
    One that alerted nobody need not be shown, and goes without waiting for `keep_alerts`. What first-seen rules
    remember goes when it would be new again, and what only messages told of with the matches that it could have had.
    """
    old = now - keep_alerts
    is_owed = exists().where(deliveries.c.alert_id == alerts.c.id, deliveries.c.settled_at.is_(None))
    is_muting = exists().where(mutes.c.alert_id == alerts.c.id, is_live(now))
    is_old = (alerts.c.opened_at < old) & (alerts.c.grown_at < old) & (alerts.c.closes_at <= now)
    forgotten = _prune_alerts(database, is_old & ~is_owed & ~is_muting)
    has_muted = exists().where(alerts.c.muted_by == mutes.c.id)
    _delete(database, mutes, (mutes.c.made_at < old) & ~is_live(now) & ~has_muted)
    _delete(database, answers, answers.c.at < old)
    gone = now - keep_objects - SWEEP_HORIZON
    is_known = exists().where(objects.c.id == matches.c.object_id)
    matched = _delete(database, matches, (matches.c.recorded_at < min(old, gone)) & ~is_known)
    is_silent = matches.c.alert_id.is_(None)
    matched += _delete(database, matches, (matches.c.recorded_at < gone) & is_silent & ~is_known)
    _delete(database, groups, ~exists().where(alerts.c.id == groups.c.alert_id))
    forget_contributions(database, now=now)
    forget_strangers(database, before=gone)
    with database.writing() as connection:
        forget_dead(connection)
    return Pruned(alerts=forgotten, matches=matched, combinations=forget(database, now=now))


def _prune_alerts(database: Database, condition: ColumnElement[bool]) -> int:
    total = 0
    while True:
        with database.writing() as connection:
            wait_for_turn(connection)
            ids = list(connection.scalars(select(alerts.c.id).where(condition).limit(_BATCH)))
            connection.execute(delete(deliveries).where(deliveries.c.alert_id.in_(ids)))
            for kept in (acknowledgements, verdicts, escalations):
                connection.execute(delete(kept).where(kept.c.alert_id.in_(ids)))
            connection.execute(delete(alerts).where(alerts.c.id.in_(ids)))
        total += len(ids)
        if len(ids) < _BATCH:
            return total


def _delete(database: Database, table: Table, condition: ColumnElement[bool]) -> int:
    total = 0
    some = select(table.c.id).where(condition).limit(_BATCH)
    while True:
        with database.writing() as connection:
            wait_for_turn(connection)
            count = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
        total += count
        if count < _BATCH:
            return total
