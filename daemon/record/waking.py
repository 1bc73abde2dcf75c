"""What is looked at now and then, so that somebody hears of it: each look is one transaction, and repeats nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daemon.model import Plan
from daemon.record.closing import closed_of, resolve
from daemon.record.dialect import wait_for_turn
from daemon.record.engine import Database, repeated
from daemon.record.escalations import Escalated, escalate, next_escalation_at
from daemon.record.falling_back import fall_back, is_anything_left


class SqlWaking:
    """Fallbacks, escalations and the ends of alerts, over one state. Any number of daemons may ask at once.

    Each looks first, and keeps others from writing only when there is something to do.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @repeated
    def fall_back(self, destination: str, plan: Plan, *, until: datetime, now: datetime) -> int:
        """Owe to `plan` too what a destination, which is paused, has been owed since `until`; gives how many alerts."""
        with self._database.reading() as connection:
            if not is_anything_left(connection, destination, plan, until=until):
                return 0
        with self._database.writing() as connection:
            wait_for_turn(connection)
            return fall_back(connection, destination, plan, until=until, now=now)

    @repeated
    def escalate(self, plans: Sequence[Plan], *, now: datetime) -> Escalated:
        """Owe what nobody has answered in time to those whom it is to wake."""
        with self._database.reading() as connection:
            due_at = next_escalation_at(connection)
        if due_at is None or due_at > now:
            return Escalated()
        with self._database.writing() as connection:
            wait_for_turn(connection)
            return escalate(connection, plans, now=now)

    @repeated
    def resolve(self, plans: Sequence[Plan], *, now: datetime) -> int:
        """Owe it to destinations with incidents of their own that alerts have closed; gives how many."""
        with self._database.reading() as connection:
            if not any(closed_of(connection, plan, now=now) for plan in plans):
                return 0
        with self._database.writing() as connection:
            wait_for_turn(connection)
            return resolve(connection, plans, now=now)
