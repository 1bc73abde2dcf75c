"""What somebody did about an alert, as one sentence for whoever reads along, and as the answer to who did it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from daemon.model import AnswerKind, AnswerOutcome, Answers, KeptAnswer, Mute, MuteScope, Person
from daemon.trail.printable import clip, printable

_NAME = 80  # characters
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FAILED = {
    AnswerOutcome.UNKNOWN: "No such alert or mute is kept; it may be too old by now. Nothing was changed.",
    AnswerOutcome.UNFIT: "This alert cannot be answered so: it does not say whom that would be about.",
    AnswerOutcome.OVER: "That mute is over, or waited too long for a second person. Nothing was changed.",
    AnswerOutcome.CRITICAL: (
        "Critical alerts are not muted here; `trailwarden alerts mute --critical` does it on the command line."
    ),
    AnswerOutcome.SAME_PERSON: "A mute for everybody needs a second person: somebody else has to confirm it.",
    AnswerOutcome.NOT_ALLOWED: "You may not do this: it is for members of a user group that the configuration names.",
}


def answer_text(kept: KeptAnswer) -> str:
    """What came of an answer, in a sentence."""
    if kept.outcome is AnswerOutcome.DONE:
        return f"{kept.by.name} {_deed(kept)}"
    if kept.outcome is AnswerOutcome.AGAIN:
        return _again(kept)
    return _FAILED[kept.outcome]


def standing_lines(answers: Answers) -> Iterator[str]:
    """How an alert stands with people, a line for each thing: `✔ acknowledged by alice 2026-03-01 03:12 UTC`."""
    if answers.acknowledged_by is not None and answers.acknowledged_at is not None:
        yield f"✔ acknowledged by {_name(answers.acknowledged_by)} {moment_text(answers.acknowledged_at)}"
    if answers.verdict is not None and answers.verdict_by is not None and answers.verdict_at is not None:
        said = answers.verdict.value.replace("_", " ")
        yield f"✔ {said}, says {_name(answers.verdict_by)} {moment_text(answers.verdict_at)}"
    if answers.mute is not None and answers.mute.until_at is not None:
        until = moment_text(answers.mute.until_at)
        whom = clip(target_text(answers.mute), limit=150)
        yield f"✔ muted by {_name(answers.mute.made_by)} until {until}, for {whom}"


def _name(person: Person) -> str:
    return printable(person.name, limit=_NAME)


def target_text(mute: Mute) -> str:
    """Whose matches are muted."""
    match mute.scope:
        case MuteScope.IDENTITY:
            return f"{mute.principal} in account {mute.account}"
        case MuteScope.ACCOUNT:
            return f"account {mute.account}"
    return "everybody"


def span_text(duration: timedelta) -> str:
    """`8 h` or `3 d`, as mutes are asked for."""
    return f"{duration // _DAY} d" if duration % _DAY == timedelta(0) else f"{duration // _HOUR} h"


def moment_text(at: datetime) -> str:
    """`2026-05-04 12:00 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _deed(kept: KeptAnswer) -> str:
    match kept.kind:
        case AnswerKind.ACKNOWLEDGE:
            return "acknowledged this alert."
        case AnswerKind.EXPECTED:
            return "says that this was expected."
        case AnswerKind.NOT_EXPECTED:
            return "says that this was not expected."
    return _muting(kept.kind, kept.mute) if kept.mute is not None else "ended a mute that is forgotten by now."


def _muting(kind: AnswerKind, mute: Mute) -> str:
    what = f"“{mute.title}” for {target_text(mute)}"
    if kind is AnswerKind.UNMUTE:
        return f"ended mute {mute.id} of {what}."
    if mute.until_at is None:
        waits = f"It waits for a second person: `trailwarden alerts confirm {mute.id}`, or the button."
        return f"asks to mute {what} for {span_text(mute.duration)}: {mute.reason}. {waits}"
    verb = "confirmed mute" if kind is AnswerKind.CONFIRM_MUTE else "made mute"
    critical = ", also where it is critical" if mute.with_critical else ""
    return f"{verb} {mute.id} of {what}{critical}, until {moment_text(mute.until_at)}: {mute.reason}"


def _again(kept: KeptAnswer) -> str:
    before = f" by {kept.before}" if kept.before else ""
    match kept.kind:
        case AnswerKind.ACKNOWLEDGE:
            return f"It was acknowledged already{before}."
        case AnswerKind.UNMUTE:
            return f"That mute is over already{before and f', ended{before}'}."
        case AnswerKind.EXPECTED | AnswerKind.NOT_EXPECTED:
            return f"That was said already{before}."
    mute = kept.mute
    if mute is not None and mute.until_at is not None:
        return f"That is muted already, until {moment_text(mute.until_at)} (mute {mute.id}{before})."
    return f"That mute was asked for already{before}, and waits for a second person."
