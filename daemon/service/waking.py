"""Somebody hears of it: what a paused destination is owed goes elsewhere too, and what nobody answers further up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from daemon.config import Config, DestinationConfig
from daemon.errors import StoreError
from daemon.model import Plan
from daemon.ops.health import Health
from daemon.ops.metrics import Metrics
from daemon.ports import Clock
from daemon.record.waking import SqlWaking

log = structlog.get_logger("trailwarden")

LOOP = "escalations"
LOOK_EVERY = timedelta(seconds=15)
TOLERANCE = timedelta(minutes=10)


def fallbacks_of(config: Config, usable: Sequence[DestinationConfig]) -> Mapping[str, str]:
    """Where what is owed to each usable destination goes while it is paused; what cannot be told is passed over."""
    named = {each.name: each.fallback for each in config.destinations}
    names = {each.name for each in usable}
    found: dict[str, str] = {}
    for name in names:
        following, passed = named[name], {name}
        while following is not None and following not in names and following not in passed:
            passed.add(following)
            following = named.get(following)
        if following is not None and following in names and following != name:
            found[name] = following
    return found


class Waking:
    """One call of `look` is one look at everything; `fall_back` is for the lane of a paused destination."""

    def __init__(
        self,
        waking: SqlWaking,
        *,
        plans: Sequence[Plan],
        fallbacks: Mapping[str, str],
        metrics: Metrics,
        health: Health,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """`wake` is called when a destination has something new to send."""
        self._waking = waking
        self._plans = plans
        by_name = {plan.destination: plan for plan in plans}
        self._fallbacks = {name: by_name[other] for name, other in fallbacks.items() if other in by_name}
        self._metrics = metrics
        self._health = health
        self._clock = clock
        self._wake = wake

    def fall_back(self, destination: str, until: datetime) -> int:
        """Let what it has been owed since then be told elsewhere too. Raises StoreError."""
        plan = self._fallbacks.get(destination)
        if plan is None:
            return 0
        count = self._waking.fall_back(destination, plan, until=until, now=self._clock())
        if count:
            self._metrics.fallbacks.labels(destination).inc(count)
            log.warning("told elsewhere too", destination=destination, fallback=plan.destination, alerts=count)
            self._wake()
        return count

    def look(self) -> None:
        """Escalate what nobody has answered, and say what has closed. A store that is away is asked again next time."""
        self._health.beat(LOOP)
        try:
            now = self._clock()
            escalated = self._waking.escalate(self._plans, now=now)
            resolved = self._waking.resolve(self._plans, now=now)
        except StoreError as fault:
            log.error("not looked for alerts that nobody has answered", error=str(fault))
            return
        for destination, count in escalated.told.items():
            self._metrics.escalations.labels(destination).inc(count)
            log.warning("nobody has answered", destination=destination, alerts=count)
        for destination, count in escalated.lost.items():
            log.error("nobody has answered, and nobody more can be told", destination=destination, alerts=count)
        for destination, count in escalated.dropped.items():
            log.warning("nobody has answered, and it was over or muted by then", destination=destination, alerts=count)
        if resolved or escalated.told:
            self._wake()
