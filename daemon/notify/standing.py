"""How a destination stands: fine, failing, or paused; what each outcome changes, and when a delivery comes again.

Pure: given now and jitter, from one Standing to the next. Faults of the surroundings pause the destination as a
whole; the first try after the pause is its probe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from daemon.model import REFUSED_ALONE, Dead, Notice, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import UNREACHABLE, RetryReason
from daemon.notify.backoff import alone_delay, probe_delay, retry_delay

_FAILURES_BEFORE_PAUSE = 3
_PATIENCE = timedelta(minutes=2)  # with what may be over at once, before somebody else is told
AWAY = frozenset({RetryReason.SERVER_ERROR.value, RetryReason.LOST_ANSWER.value, RetryReason.REFUSED.value})
_PASSING = AWAY | {UNREACHABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`failures` and `pauses` are counted in a row; a success forgets them. `began_at`: when the first pause began."""

    failures: int = 0
    pauses: int = 0
    began_at: datetime | None = None
    paused_at: datetime | None = None
    resume_at: datetime | None = None
    reason: str = ""
    hint: str = ""

    @property
    def is_paused(self) -> bool:
        """Whether the destination takes nothing at present."""
        return self.pauses > 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing says that the destination is away."""
        return not (self.failures or self.pauses)

    def waits_until(self, now: datetime) -> datetime | None:
        """When the next probe is due; None when it may be tried now (also when the clock was set back)."""
        if self.resume_at is None or self.paused_at is None or not self.paused_at <= now < self.resume_at:
            return None
        return self.resume_at


def standing_after(standing: Standing, outcome: SendOutcome, *, now: datetime, jitter: float) -> Standing:
    """What a destination stands like after an outcome."""
    match outcome:
        case Sent() | Dead():
            return Standing()
        case Pause():
            return _paused(standing, outcome, now=now, jitter=jitter)
        case Retry(reason=RetryReason.REFUSED_ALONE) if standing.is_paused:  # there was nothing better to probe with
            return _paused(standing, Pause(reason=standing.reason, hint=standing.hint), now=now, jitter=jitter)
        case Retry(reason=reason) if reason in AWAY:
            failing = replace(standing, failures=standing.failures + 1)
            if not standing.is_paused and failing.failures < _FAILURES_BEFORE_PAUSE:
                return failing
            away = Pause(reason=reason, hint="it answers with failures, or not at all; it is tried again by itself")
            return _paused(failing, away, now=now, jitter=jitter)
    return standing  # what went wrong concerns one message only


def due_again_at(
    outcome: SendOutcome, standing: Standing, *, attempts: int, now: datetime, jitter: float
) -> datetime | None:
    """When a delivery with so many attempts behind it is tried again; None when it is done with.

    `standing` is the one after the outcome.
    """
    if isinstance(outcome, Retry):
        backoff = alone_delay if outcome.reason == REFUSED_ALONE else retry_delay
        return now + (outcome.after or backoff(attempts, jitter=jitter))
    return standing.resume_at if isinstance(outcome, Pause) else None


def falls_back_until(standing: Standing, *, now: datetime, is_last: bool = False) -> datetime | None:
    """What has been owed since then is to be told elsewhere too; None where nothing is, or not yet.

    What somebody must mend is told at once. A destination that is only away is given two minutes, from the begin of
    the pause or, so that no restart begins them anew, from when a message was first owed. `is_last`: there will be no
    further try by which it could show that it is back.
    """
    if not standing.is_paused:
        return None
    if standing.reason not in _PASSING or (standing.began_at is not None and standing.began_at + _PATIENCE <= now):
        return now
    return now - _PATIENCE if standing.pauses > 1 or is_last else None


def pause_notice(destination: str, before: Standing, after: Standing) -> Notice | None:
    """What people are told when a destination pauses, once a pause and each time the reason becomes another.

    A network that is gone for a moment is no news; one that is still gone at the first probe is.
    """
    if not after.is_paused or after.pauses == before.pauses:
        return None
    is_news = after.pauses == 2 if after.reason == UNREACHABLE else after.reason != before.reason or after.pauses == 1
    if not is_news:
        return None
    return Notice(
        reason="destination_paused",
        title=f"Destination {destination} is paused: {after.reason}",
        text=f"Nothing is lost: alerts wait and are sent when it works again. To mend it: {after.hint}.",
        about=destination,
    )


def _paused(standing: Standing, outcome: Pause, *, now: datetime, jitter: float) -> Standing:
    pauses = standing.pauses + 1
    wait = outcome.after or probe_delay(pauses, jitter=jitter)
    return Standing(
        failures=standing.failures,
        pauses=pauses,
        began_at=standing.began_at if standing.is_paused else now,
        paused_at=now,
        resume_at=now + wait,
        reason=outcome.reason,
        hint=outcome.hint,
    )
