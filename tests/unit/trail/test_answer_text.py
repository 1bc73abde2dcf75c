"""Each answer as a sentence, whatever came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.model import AnswerKind, AnswerOutcome, KeptAnswer, Mute, MuteScope, Person
from daemon.trail.answer_text import answer_text, moment_text, span_text, target_text

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ALICE = Person(id="slack:T1/U1", name="Alice")
ROLE = "arn:aws:iam::111122223333:role/deployer"


def a_mute(**changes: Any) -> Mute:
    values: dict[str, Any] = {
        "id": 7,
        "rule_id": "rule-1",
        "title": "IAM group deleted",
        "scope": MuteScope.IDENTITY,
        "account": "111122223333",
        "principal": ROLE,
        "reason": "deployment",
        "duration": timedelta(hours=8),
        "with_critical": False,
        "alert_id": "alert-1",
        "made_by": ALICE,
        "made_at": NOON,
        "from_at": NOON,
        "until_at": NOON + timedelta(hours=8),
    }
    return Mute(**(values | changes))


def said(kind: AnswerKind, outcome: AnswerOutcome = AnswerOutcome.DONE, **changes: Any) -> str:
    return answer_text(KeptAnswer(number=1, at=NOON, kind=kind, outcome=outcome, by=ALICE, alert_id="a", **changes))


OF = f"“IAM group deleted” for {ROLE} in account 111122223333"
WAITING = a_mute(scope=MuteScope.ALL, from_at=None, until_at=None)
WAITS = "It waits for a second person: `trailwarden alerts confirm 7`, or the button."


@pytest.mark.parametrize(
    ("kind", "mute", "text"),
    [
        (AnswerKind.ACKNOWLEDGE, None, "acknowledged this alert."),
        (AnswerKind.EXPECTED, None, "says that this was expected."),
        (AnswerKind.NOT_EXPECTED, None, "says that this was not expected."),
        (AnswerKind.MUTE, a_mute(), f"made mute 7 of {OF}, until 2026-05-04 20:00 UTC: deployment"),
        (AnswerKind.UNMUTE, a_mute(), f"ended mute 7 of {OF}."),
        (AnswerKind.UNMUTE, None, "ended a mute that is forgotten by now."),
        (
            AnswerKind.MUTE,
            WAITING,
            f"asks to mute “IAM group deleted” for everybody for 8 h: deployment. {WAITS}",
        ),
        (
            AnswerKind.CONFIRM_MUTE,
            a_mute(with_critical=True),
            f"confirmed mute 7 of {OF}, also where it is critical, until 2026-05-04 20:00 UTC: deployment",
        ),
    ],
)
def test_what_was_done_is_said_with_who_did_it(kind: AnswerKind, mute: Mute | None, text: str) -> None:
    assert said(kind, mute=mute) == f"Alice {text}"


@pytest.mark.parametrize(
    ("kind", "mute", "before", "text"),
    [
        (AnswerKind.ACKNOWLEDGE, None, "Bob", "It was acknowledged already by Bob."),
        (AnswerKind.ACKNOWLEDGE, None, "", "It was acknowledged already."),
        (AnswerKind.EXPECTED, None, "Bob", "That was said already by Bob."),
        (AnswerKind.NOT_EXPECTED, None, "", "That was said already."),
        (AnswerKind.UNMUTE, a_mute(), "Bob", "That mute is over already, ended by Bob."),
        (AnswerKind.UNMUTE, a_mute(), "", "That mute is over already."),
        (AnswerKind.MUTE, a_mute(), "Bob", "That is muted already, until 2026-05-04 20:00 UTC (mute 7 by Bob)."),
        (AnswerKind.MUTE, WAITING, "Bob", "That mute was asked for already by Bob, and waits for a second person."),
        (AnswerKind.MUTE, None, "", "That mute was asked for already, and waits for a second person."),
    ],
)
def test_what_was_so_already_says_since_whom(kind: AnswerKind, mute: Mute | None, before: str, text: str) -> None:
    assert said(kind, AnswerOutcome.AGAIN, mute=mute, before=before) == text


@pytest.mark.parametrize("outcome", sorted(set(AnswerOutcome) - {AnswerOutcome.DONE, AnswerOutcome.AGAIN}))
def test_what_came_to_nothing_says_why_in_a_sentence(outcome: AnswerOutcome) -> None:
    assert said(AnswerKind.MUTE, outcome).endswith(".")


def test_whose_matches_are_muted() -> None:
    targets = [target_text(a_mute(scope=scope)) for scope in MuteScope]
    assert targets == [f"{ROLE} in account 111122223333", "account 111122223333", "everybody"]


def test_spans_and_moments_read_as_people_write_them() -> None:
    assert [span_text(timedelta(hours=hours)) for hours in (1, 24, 36, 72)] == ["1 h", "1 d", "36 h", "3 d"]
    assert moment_text(NOON) == "2026-05-04 12:00 UTC"
