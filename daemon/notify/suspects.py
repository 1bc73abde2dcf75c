"""Tells a message that fails by itself from a destination that is away: by what passes between its failures.

A proxy that blocks one text, or a server that stumbles over one, answers as if the whole destination were away. What
is known here is in memory; the store keeps only the number of attempts and the last one's reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from daemon.model import REFUSED_ALONE, Dead, Delivery, Notice, Retry, SendOutcome, Sent
from daemon.notify.answers import UNREACHABLE
from daemon.notify.standing import AWAY

_TRIES_BEFORE_DEATH = 20
_TIME_BEFORE_DEATH = timedelta(days=1)
_TRIES_BEFORE_NOTICE = 2  # one of either plainer form
_ROUND = 500  # messages that are probed with before the first has its turn again


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """A delivery that failed: when `passes` others had passed, `alone` times since `since` while they did."""

    passes: int
    alone: int = 0
    since: datetime | None = None
    plainer: int = 0  # tries in a plainer form


class Suspects:
    """What one lane remembers of deliveries that failed. Used by one thread at a time."""

    def __init__(self) -> None:
        self._passes = 0
        self._troubles: dict[int, _Trouble] = {}
        self._tried: frozenset[int] | None = frozenset()

    @property
    def tried(self) -> frozenset[int] | None:
        """What failed since anything last passed; None when that was the last that happened."""
        return self._tried

    def is_stuck(self, delivery: Delivery) -> bool:
        """Whether it has just become known that no form of this message passes."""
        trouble = self._troubles.get(delivery.id)
        return trouble is not None and trouble.plainer == _TRIES_BEFORE_NOTICE

    def judge(self, outcome: SendOutcome, delivery: Delivery, *, is_sound: bool, now: datetime) -> SendOutcome:
        """The outcome, or what it is in the light of the others: a failure of this message alone, or its end.

        `is_sound`: nothing said before that the destination is away. Given up is only what others pass by all the time.
        """
        if isinstance(outcome, Sent | Dead):
            self._troubles.pop(delivery.id, None)
            if isinstance(outcome, Sent):
                self._passes, self._tried = self._passes + 1, None
            return outcome
        if outcome.reason not in AWAY and outcome.reason != UNREACHABLE:
            return outcome
        self._note_tried(delivery.id)
        before = self._troubles.get(delivery.id) or _Trouble(passes=0 if delivery.attempts else self._passes)
        is_alone = is_sound and before.passes < self._passes
        trouble = replace(
            before,
            passes=self._passes,
            alone=before.alone + is_alone,
            since=before.since or (now if is_alone else None),
            plainer=before.plainer + delivery.is_singled_out,
        )
        self._troubles[delivery.id] = trouble
        if is_alone and delivery.is_singled_out and _is_hopeless(trouble, now=now):
            del self._troubles[delivery.id]
            return Dead(reason=REFUSED_ALONE)
        if is_alone or delivery.is_singled_out:
            return Retry(reason=REFUSED_ALONE, after=outcome.after)
        return outcome

    def _note_tried(self, delivery_id: int) -> None:
        tried = self._tried or frozenset()
        is_over = delivery_id in tried or len(tried) >= _ROUND
        self._tried = frozenset({delivery_id}) if is_over else tried | {delivery_id}


def refusal_notice(delivery: Delivery, outcome: SendOutcome, *, suspects: Suspects) -> Notice | None:
    """What people are told of a message that alone is refused: when no form of it passes, and when it is given up."""
    if isinstance(outcome, Sent) or outcome.reason != REFUSED_ALONE:
        return None
    is_dead = isinstance(outcome, Dead)
    if not is_dead and not suspects.is_stuck(delivery):
        return None
    fate = "is given up" if is_dead else "does not get through"
    then = "`trailwarden deliveries retry` tries it again." if is_dead else "It is tried again by itself."
    return Notice(
        reason="message_refused",
        title=f"A message to {delivery.destination} {fate}",
        text=(
            f"Alert {delivery.alert_id} ({delivery.kind.value}): each try fails while others pass, also without "
            f"a word of the event. Does a proxy on the way block it? {then} "
            f"What it says: `trailwarden alerts show {delivery.alert_id}`."
        ),
        about=f"{delivery.destination} {delivery.alert_id}",
    )


def _is_hopeless(trouble: _Trouble, *, now: datetime) -> bool:
    since = trouble.since or now
    return trouble.alone >= _TRIES_BEFORE_DEATH and now - since >= _TIME_BEFORE_DEATH
