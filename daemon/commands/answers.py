"""`alerts ack|verdict|mute|confirm|unmute|mutes`: the command-line twins of the buttons; each gives the exit code."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from datetime import datetime

from daemon.commands.alerts import one_alert
from daemon.commands.moments import moment
from daemon.commands.tables import print_line, print_rows
from daemon.model import Answer, AnswerKind, AnswerOutcome, KeptAnswer, MuteRequest, Person, Plan
from daemon.record.mutes import MuteStanding
from daemon.record.store import Store
from daemon.trail.answer_text import answer_text, target_text

_COLUMNS = ("id", "state", "rule", "title", "for", "until", "reason", "by", "confirmed_by", "muted", "alert")
_WELL = (AnswerOutcome.DONE, AnswerOutcome.AGAIN)


def person_of(by: str | None) -> Person:
    """Who gives a command: the user of the system, or whom they name, and then both are written down."""
    user = _system_user()
    name = (by or "").strip() or user
    return Person(id=f"command:{name}", name=name if name == user else f"{name} (as {user})")


def answer_alerts(
    store: Store, ids: Sequence[str], kind: AnswerKind, *, by: Person, plans: Sequence[Plan], now: datetime
) -> int:
    """Acknowledge alerts, or give a verdict; 1 when one of them cannot be answered so."""
    codes = []
    for alert_id in ids:
        full = one_alert(store, alert_id)
        codes.append(1 if full is None else _give(store, Answer(kind=kind, by=by, alert_id=full), plans, now=now))
    return max(codes, default=0)


def mute_alert(
    store: Store, alert_id: str, request: MuteRequest, *, by: Person, plans: Sequence[Plan], now: datetime
) -> int:
    """Mute the rule of an alert for whom it is about; 1 when that cannot be."""
    full = one_alert(store, alert_id)
    if full is None:
        return 1
    return _give(store, Answer(kind=AnswerKind.MUTE, by=by, alert_id=full, mute=request), plans, now=now)


def answer_mute(
    store: Store, mute_id: int, kind: AnswerKind, *, by: Person, plans: Sequence[Plan], now: datetime
) -> int:
    """Confirm or end a mute; 1 when there is none of that number, or it is not for this person to confirm."""
    return _give(store, Answer(kind=kind, by=by, mute_id=mute_id), plans, now=now)


def list_mutes(store: Store, *, with_over: bool, limit: int, now: datetime, as_json: bool) -> int:
    """Print the mutes that hold or wait, each with how many events it has muted; also the others if asked."""
    found = store.answers.mutes(now=now, with_over=with_over, limit=limit)
    print_rows(_COLUMNS, [_row(standing, now=now) for standing in found], as_json=as_json)
    return 0


def _give(store: Store, answer: Answer, plans: Sequence[Plan], *, now: datetime) -> int:
    kept = store.answers.give(answer, plans=plans, now=now)
    print_line(_line(kept), is_error=kept.outcome not in _WELL)
    return int(kept.outcome not in _WELL)


def _line(kept: KeptAnswer) -> str:
    about = f"mute {kept.mute.id}" if kept.mute is not None else kept.alert_id
    return f"{about}: {answer_text(kept)}" if about else answer_text(kept)


def _row(standing: MuteStanding, *, now: datetime) -> tuple[object, ...]:
    mute = standing.mute
    return (
        mute.id,
        mute.state(now=now).value,
        mute.rule_id,
        mute.title,
        target_text(mute),
        moment(mute.until_at) if mute.until_at else None,
        mute.reason,
        mute.made_by.name,
        mute.confirmed_by.name if mute.confirmed_by else None,
        standing.matches,
        mute.alert_id,
    )


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as containers have
        return f"uid {os.getuid()}"
