"""One destination at work: takes what is due from the outbox, sends it, writes down what came of it.

Each destination has a lane of its own, so none waits for another and a fault of one is nobody else's. What is known
only here (paused, paced) is in memory: after a restart the first try finds it out again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from daemon.model import Dead, Delivery, DeliveryKind, Notice, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import GONE, RetryReason
from daemon.notify.pacing import UNPACED, Pacer
from daemon.notify.standing import Standing, due_again_at, falls_back_until, pause_notice, standing_after
from daemon.notify.suspects import Suspects, refusal_notice
from daemon.ports import Clock, Notifier, Outbox, Parcel

log = structlog.get_logger("trailwarden")

_BATCH = 50  # sends in one turn where nothing paces them
_TELLING = frozenset({DeliveryKind.OPEN, DeliveryKind.SUMMARY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try, as metrics want it. `latencies` are event-to-sent of each alert told, when it was sent."""

    destination: str
    outcome: SendOutcome
    seconds: float
    latencies: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneReport:
    """What a turn did, and when to come back (`next_at`, None: nothing is owed).

    `is_paced`: more is due now, and waits only for its turn in the channel. `fallen_back`: alerts that are told
    elsewhere too, this destination being paused.
    """

    sent: int = 0
    retried: int = 0
    dead: int = 0
    next_at: datetime | None = None
    is_paused: bool = False
    is_paced: bool = False
    fallen_back: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHooks:
    """Whom a lane tells: of each try, of what people should know, and of a pause's begin and end.

    `on_standstill`: what the destination has been owed since that time is to be told elsewhere; gives how many alerts.
    """

    on_attempt: Callable[[Attempt], None] = lambda attempt: None
    on_notice: Callable[[Notice], object] = lambda notice: None
    on_pause: Callable[[str, bool], None] = lambda destination, is_paused: None
    on_standstill: Callable[[str, datetime], int] = lambda destination, until: 0


class Lane:
    """Works off one destination's deliveries. Used by one thread at a time."""

    def __init__(
        self,
        *,
        notifier: Notifier,
        outbox: Outbox,
        clock: Clock,
        jitter: Callable[[], float],
        hooks: LaneHooks | None = None,
        pacer: Pacer | None = None,
        update_pacer: Pacer | None = None,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._notifier = notifier
        self._outbox = outbox
        self._clock = clock
        self._jitter = jitter
        self._hooks = hooks or LaneHooks()
        self._pacer = pacer or Pacer(UNPACED)
        self._update_pacer = update_pacer or Pacer(UNPACED)
        self._timer = timer
        self._standing = Standing()
        self._suspects = Suspects()
        self._unsettled: tuple[Delivery, SendOutcome, datetime | None] | None = None

    @property
    def name(self) -> str:
        """The destination's name."""
        return self._notifier.name

    @property
    def is_paused(self) -> bool:
        """Whether the destination takes nothing at present."""
        return self._standing.is_paused

    def run_once(self, *, drain: bool = False) -> LaneReport:
        """Send what is due and may be sent now. Raises StoreError; what was sent by then is not sent again."""
        self._settle()
        done: Counter[type[SendOutcome]] = Counter()
        wait_until = self._send_due(done, drain=drain)
        if done[Sent]:
            log.info("deliveries sent", destination=self.name, count=done[Sent])
        is_held = self.is_paused or (wait_until is not None and wait_until > self._clock() + self._pacer.interval)
        return LaneReport(
            sent=done[Sent],
            retried=done[Retry] + done[Pause],
            dead=done[Dead],
            next_at=wait_until or self._outbox.next_due_at(self.name),
            is_paused=self.is_paused,
            is_paced=wait_until is not None and not is_held,
            fallen_back=self._fall_back(is_last=drain),
        )

    def _fall_back(self, *, is_last: bool) -> int:
        until = falls_back_until(self._standing, now=self._clock(), is_last=is_last)
        return 0 if until is None else self._hooks.on_standstill(self.name, until)

    def _send_due(self, done: Counter[type[SendOutcome]], *, drain: bool) -> datetime | None:
        """Send until nothing is due, a wait is asked for, or a batch is through; gives the time to wait for."""
        for _ in range(_BATCH):
            now = self._clock()
            wait_until = self._standing.waits_until(now)
            if wait_until is not None:
                return wait_until
            updates_at = self._update_pacer.waits_until(now)
            without = () if updates_at is None else (DeliveryKind.UPDATE,)
            parcels = self._outbox.due(
                self.name, now=now, limit=1, drain=drain, tried=self._suspects.tried, without=without
            )
            if not parcels:
                return updates_at if updates_at and self._is_owed(now) else None
            turn_at = self._pacer_of(parcels[0].delivery).take(now)
            if turn_at is not None:
                return turn_at
            done[type(self._deliver(parcels[0]))] += 1
        return self._clock()

    def _is_owed(self, now: datetime) -> bool:
        due_at = self._outbox.next_due_at(self.name)
        return due_at is not None and due_at <= now

    def _pacer_of(self, delivery: Delivery) -> Pacer:
        """Slack counts changes to messages by themselves: when it has enough of them, alerts still go."""
        return self._update_pacer if delivery.kind is DeliveryKind.UPDATE else self._pacer

    def _deliver(self, parcel: Parcel) -> SendOutcome:
        started = self._timer()
        answer = self._try(parcel)
        seconds = self._timer() - started
        now, before = self._clock(), self._standing
        outcome = self._suspects.judge(answer, parcel.delivery, is_sound=before.is_sound, now=now)
        self._unsettled = (parcel.delivery, outcome, self._learn(outcome, parcel.delivery, now=now))
        try:
            self._settle()
        finally:  # people and metrics are told also when the store is away
            self._tell(before, parcel, outcome, seconds=seconds, now=now)
        return outcome

    def _try(self, parcel: Parcel) -> SendOutcome:
        try:
            return self._notifier.send(parcel)
        except Exception:  # a fault of ours must not cost the alert, nor stop the others
            log.exception("sending broke", destination=self.name, alert=parcel.delivery.alert_id)
            return Retry(reason=RetryReason.CRASHED)

    def _settle(self) -> None:
        """Write down an outcome; kept until the store takes it, since to forget it would send the message again."""
        if self._unsettled is not None:
            delivery, outcome, due_at = self._unsettled
            self._outbox.settle(delivery, outcome, now=self._clock(), due_at=due_at)
            self._unsettled = None

    def _learn(self, outcome: SendOutcome, delivery: Delivery, *, now: datetime) -> datetime | None:
        """Take in what an outcome says of the destination; gives when the delivery is to be tried again."""
        jitter = self._jitter()
        self._standing = standing_after(self._standing, outcome, now=now, jitter=jitter)
        due_at = due_again_at(outcome, self._standing, attempts=delivery.attempts + 1, now=now, jitter=jitter)
        if isinstance(outcome, Retry) and outcome.reason == RetryReason.RATE_LIMITED and due_at is not None:
            self._pacer_of(delivery).hold(now=now, until=due_at)
        _log_outcome(outcome, delivery, due_at=due_at)
        return due_at

    def _tell(self, before: Standing, parcel: Parcel, outcome: SendOutcome, *, seconds: float, now: datetime) -> None:
        latencies = _latencies(parcel, outcome, now=now)
        attempt = Attempt(destination=self.name, outcome=outcome, seconds=seconds, latencies=latencies)
        self._hooks.on_attempt(attempt)
        if before.is_paused != self.is_paused:
            self._hooks.on_pause(self.name, self.is_paused)
            log.info("destination paused" if self.is_paused else "destination resumed", destination=self.name)
        of_pause = pause_notice(self.name, before, self._standing)
        for notice in (of_pause, refusal_notice(parcel.delivery, outcome, suspects=self._suspects)):
            if notice is not None:
                self._hooks.on_notice(notice)


def _latencies(parcel: Parcel, outcome: SendOutcome, *, now: datetime) -> tuple[timedelta, ...]:
    if not isinstance(outcome, Sent) or parcel.delivery.kind not in _TELLING:
        return ()
    return tuple(now - alert.first_at for alert in parcel.alerts if not alert.is_notice)


def _log_outcome(outcome: SendOutcome, delivery: Delivery, *, due_at: datetime | None) -> None:
    fields = {"destination": delivery.destination, "alert": delivery.alert_id, "kind": delivery.kind.value}
    if isinstance(outcome, Sent):
        log.debug("delivery sent", **fields)  # a turn's sum is told at its end
    elif isinstance(outcome, Dead) and outcome.reason in GONE:
        log.info("message to be changed is gone", reason=outcome.reason, **fields)
    elif isinstance(outcome, Dead):
        log.error("delivery dead", reason=outcome.reason, **fields)
    else:
        log.warning("delivery put off", reason=str(outcome.reason), due_at=str(due_at), **fields)
