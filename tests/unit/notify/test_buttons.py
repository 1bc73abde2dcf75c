"""Which buttons stand below which message, and what they carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daemon.model import Alert, AnswerKind, AnswerOutcome, KeptAnswer, Level, Mute, MuteScope, Person
from daemon.notify.buttons import answer_message, with_buttons
from daemon.notify.message import Message
from tests.doubles.alerts import NOW, an_alert

ALICE = Person(id="slack:T1/U1", name="Alice")
MESSAGE = Message(text="", plain="", bare="", headline=(), color="", metadata={})
MUTE = Mute(
    id=7,
    rule_id="rule-1",
    title="IAM group deleted",
    scope=MuteScope.ALL,
    account="",
    principal="",
    reason="deployment",
    duration=timedelta(hours=1),
    with_critical=False,
    alert_id="alert-1",
    made_by=ALICE,
    made_at=NOW,
)
IN_FORCE = replace(MUTE, from_at=NOW, until_at=NOW + timedelta(hours=1))


def buttons(message: Message) -> list[tuple[str, str]]:
    blocks: list[Any] = [block for block in (*message.headline, *message.body) if block["type"] == "actions"]
    return [(each["action_id"].removeprefix("trailwarden_"), each["value"]) for of in blocks for each in of["elements"]]


def below(alert: Alert) -> list[tuple[str, str]]:
    return buttons(with_buttons(MESSAGE, alert, destination="security"))


def test_an_alert_has_a_button_for_each_answer_that_carries_where_and_which() -> None:
    kinds = ("acknowledge", "mute", "expected", "not_expected")
    assert below(an_alert()) == [(kind, "security alert-1") for kind in kinds]


def test_what_is_critical_is_not_muted_by_a_button() -> None:
    assert [kind for kind, _ in below(an_alert(level=Level.CRITICAL))] == ["acknowledge", "expected", "not_expected"]


def test_a_notice_has_no_buttons() -> None:
    notice = an_alert(rule_id="notice:quarantine")
    assert with_buttons(MESSAGE, notice, destination="security") is MESSAGE


def answered(
    kind: AnswerKind, mute: Mute | None, *, is_audit: bool = False, has_buttons: bool = True, by: str = "Alice"
) -> Message:
    person = replace(ALICE, name=by)
    kept = KeptAnswer(number=1, at=NOW, kind=kind, outcome=AnswerOutcome.DONE, by=person, alert_id="alert-1", mute=mute)
    return answer_message(an_alert(), kept, destination="security", is_audit=is_audit, has_buttons=has_buttons)


@pytest.mark.parametrize(
    ("kind", "mute", "shown"),
    [
        (AnswerKind.MUTE, MUTE, [("confirm_mute", "security 7")]),
        (AnswerKind.MUTE, IN_FORCE, [("unmute", "security 7")]),
        (AnswerKind.CONFIRM_MUTE, IN_FORCE, [("unmute", "security 7")]),
        (AnswerKind.UNMUTE, IN_FORCE, []),
        (AnswerKind.ACKNOWLEDGE, None, []),
    ],
)
def test_what_waits_can_be_confirmed_and_what_holds_ended(
    kind: AnswerKind, mute: Mute | None, shown: list[tuple[str, str]]
) -> None:
    assert buttons(answered(kind, mute)) == shown


def test_where_nobody_may_press_there_is_nothing_to_press() -> None:
    assert buttons(answered(AnswerKind.MUTE, MUTE, has_buttons=False)) == []


def test_the_audit_channel_reads_which_alert_it_was() -> None:
    assert "Alert alert-1, rule" in answered(AnswerKind.ACKNOWLEDGE, None, is_audit=True).plain
    assert "Alert alert-1" not in answered(AnswerKind.ACKNOWLEDGE, None).plain


def test_a_name_calls_nobody() -> None:
    assert "<!channel>" not in answered(AnswerKind.ACKNOWLEDGE, None, by="<!channel>").text
