"""What happens when somebody presses a button: who may is asked, the state is changed, whoever pressed is answered.

Presses are worked off one by one in a thread of their own, which detection and sending never wait for.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from daemon.errors import StoreError
from daemon.model import Alert, Answer, AnswerKind, AnswerOutcome, KeptAnswer, Level, Person, Plan
from daemon.notify.dialog import mute_dialog
from daemon.notify.presses import Faulty, Press, read_press
from daemon.notify.trial import TEST_ID_PREFIX
from daemon.notify.window import Standing, Window
from daemon.ops.metrics import Metrics
from daemon.ports import Clock
from daemon.record.store import Store
from daemon.trail.answer_text import answer_text

log = structlog.get_logger("trailwarden")

_WAITING = 200  # presses; more than people can make
_NOT_KEPT = "This could not be written down, so nothing was changed. Try again, or use `trailwarden alerts` instead."
_OF_TEST = "The buttons work, and you may press them. This was a test, so there is nothing to answer."
_NO_DIALOG = "The dialog could not be opened in time. Press Mute once more."
PRESS_OUTCOMES = (*(outcome.value for outcome in AnswerOutcome), "dialog", "dropped", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What presses are worked off with. `windows` by destination; `wake` is called when somebody is to be told."""

    store: Store
    plans: tuple[Plan, ...]
    windows: Mapping[str, Window]
    metrics: Metrics
    clock: Clock
    wake: Callable[[], None]

    def answer(self, press: Press) -> None:
        """Work one off. Never raises for a state or a Slack that is away."""
        window = self.windows.get(press.destination)
        if window is None:  # of a destination that was renamed, or that has no buttons any more
            self._count("unknown")
            return
        standing = window.standing(press.user_id, team_id=press.team_id)
        try:
            said = self._apply(press, standing, window)
        except StoreError as fault:
            log.error("a press was not written down", error=str(fault))
            self._count("failed")
            said = _NOT_KEPT
        if said is not None:
            window.tell(press.user_id, said, channel=press.channel)

    def _apply(self, press: Press, standing: Standing, window: Window) -> str | None:
        """Gives what only this person is to be told."""
        now = self.clock()
        answer = _answer_of(press, standing)
        if standing.refusal is not None:
            self._log(self.store.answers.refuse(answer, now=now))
            return standing.refusal
        if press.kind is AnswerKind.MUTE and press.mute is None and (alert := self._mutable(press)) is not None:
            view = mute_dialog(alert, destination=press.destination, channel=press.channel)
            has_opened = window.open_dialog(press.trigger_id, view)
            self._count("dialog" if has_opened else "failed")
            return None if has_opened else _NO_DIALOG
        kept = self.store.answers.give(answer, plans=self.plans, now=now)
        self._log(kept)
        if kept.outcome is AnswerOutcome.DONE:
            self.wake()
            return None
        is_test = kept.outcome is AnswerOutcome.UNKNOWN and press.alert_id.startswith(TEST_ID_PREFIX)
        return _OF_TEST if is_test else answer_text(kept)

    def _mutable(self, press: Press) -> Alert | None:
        """The alert that a dialog can be opened for; for another the press is answered with why it cannot."""
        found = self.store.find_alert(press.alert_id, now=self.clock())
        if found is None or found[0].level is Level.CRITICAL or found[0].is_notice:
            return None
        return found[0]

    def _log(self, kept: KeptAnswer) -> None:
        self._count(kept.outcome.value)
        log.info(
            "alert answered",
            kind=kept.kind.value,
            outcome=kept.outcome.value,
            by=kept.by.id,
            alert=kept.alert_id,
            mute=kept.mute.id if kept.mute else None,
        )

    def _count(self, outcome: str) -> None:
        self.metrics.presses.labels(outcome).inc()


class Presses:
    """Takes presses in from sockets and has them worked off in order."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: queue.Queue[Press | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="presses", daemon=True)

    def take(
        self, payload: Mapping[str, Any], envelope_id: str
    ) -> tuple[Mapping[str, Any] | None, Callable[[], None] | None]:
        """What Slack is to be answered at once, and what to do after that."""
        press = read_press(payload, envelope_id=envelope_id)
        if isinstance(press, Faulty):
            return {"response_action": "errors", "errors": press.errors}, None
        return None, None if press is None else lambda: self._put(press)

    def start(self) -> None:
        """Begin to work them off."""
        self._thread.start()

    def stop(self, *, within_s: float) -> None:
        """Finish what was taken in, as far as there is time."""
        self._put(None)
        self._thread.join(within_s)

    def _put(self, press: Press | None) -> None:
        try:
            self._waiting.put_nowait(press)
        except queue.Full:
            self._desk.metrics.presses.labels("dropped").inc()

    def _run(self) -> None:
        while (press := self._waiting.get()) is not None:
            try:
                self._desk.answer(press)
            except Exception:  # one press that breaks must not cost the others
                log.exception("a press broke", kind=press.kind.value)
                self._desk.metrics.presses.labels("failed").inc()


def _answer_of(press: Press, standing: Standing) -> Answer:
    return Answer(
        kind=press.kind,
        by=Person(id=standing.person_id, name=standing.name),
        alert_id=press.alert_id,
        mute_id=press.mute_id,
        mute=press.mute,
        key=press.key,
    )
