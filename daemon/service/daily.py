"""The daily digest: made once a day and owed to those who are to have it, also late, by one daemon of several.

When it is due follows from the clock and the state alone, so a look too many does no harm, and a restart forgets none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from daemon.config import Config
from daemon.errors import StoreError
from daemon.model.daily import DailySchedule, begin_of_period
from daemon.notify.daily_parts import laid_out
from daemon.record.daily import SqlDaily
from daemon.service.daily_facts import gather
from daemon.service.notices import crashed
from daemon.service.shared import Shared

log = structlog.get_logger("trailwarden")

LOOP = "daily digest"
FIRST_AFTER = timedelta(seconds=30)  # until the first polls have begun, and names of accounts were asked for
_AGAIN_S = 600.0  # what was missed, or the state was away for
# What is still being recorded carries the time at which its transaction began: it is for the next digest.
SETTLED = timedelta(minutes=1)


def trigger(config: Config) -> BaseTrigger:
    """At the time of each day that has a digest, and every ten minutes for what was missed then."""
    wanted = config.daily_digest
    at_its_time = CronTrigger(
        hour=wanted.at.hour,
        minute=wanted.at.minute,
        day_of_week=",".join(wanted.days),
        timezone=ZoneInfo(wanted.time_zone),
    )
    return OrTrigger([at_its_time, IntervalTrigger(seconds=int(_AGAIN_S))])


class DailyDigests:
    """`names` gives the names of accounts, `rule_counts` the rules by state, `wake` is called when one is owed."""

    def __init__(
        self,
        config: Config,
        shared: Shared,
        *,
        names: Callable[[], Mapping[str, str]],
        rule_counts: Callable[[], Mapping[str, int] | None],
        wake: Callable[[], None],
    ) -> None:
        wanted = config.daily_digest
        self._config = config
        self._shared = shared
        self._names = names
        self._rule_counts = rule_counts
        self._wake = wake
        self._schedule = DailySchedule(at=wanted.at, zone=ZoneInfo(wanted.time_zone), days=wanted.weekdays)
        self._daily = SqlDaily(shared.store.database)
        self._done: date | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is to have one."""
        return bool(self._config.daily_digest.to)

    def look(self, *, is_idle: bool = False) -> None:
        """Make today's digest if it is due and nobody has. Whatever goes wrong is logged, and tried again.

        `is_idle`: nothing is being recorded meanwhile, so it tells all until now.
        """
        try:
            self._look(timedelta(0) if is_idle else SETTLED)
        except StoreError as fault:
            log.error("daily digest not made yet", error=str(fault))
        except Exception as fault:  # the top of a job: the next look must come
            log.exception("loop broke", loop=LOOP)
            self._shared.notices.tell(crashed("The daily digest", fault))

    def _look(self, settled: timedelta) -> None:
        now = self._shared.clock()
        due = self._schedule.due_on(now) if self.is_wanted else None
        if due is None or due[0] == self._done:
            return
        day, moment = due
        born_at = self._shared.store.counts().created_at
        if born_at < moment and not self._daily.is_kept(day):
            self._make(day, settled)
        self._done = day  # a state that is younger has nothing to tell yet

    def _make(self, day: date, settled: timedelta) -> None:
        now, store = self._shared.clock(), self._shared.store
        until = now - settled
        since = begin_of_period(self._daily.last_until(), born_at=store.counts().created_at, until=until)
        facts = gather(store, self._config, since=since, until=until, now=now, rule_counts=self._rule_counts())
        to = self._config.daily_digest.to
        plans = [replace(plan, takes_notices=True) for plan in self._shared.plans if plan.destination in to]
        if self._daily.keep(laid_out(facts, on=day, names=self._names(), now=now), plans=plans, now=now):
            log.info("daily digest made", day=day.isoformat(), to=[plan.destination for plan in plans])
            self._wake()
