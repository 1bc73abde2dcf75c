"""The message of an alert says how people have answered it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from daemon.model import AnswerKind, Answers, Mute, MuteScope, Person
from daemon.notify.compose import compose
from daemon.ports import Parcel
from daemon.trail.answer_text import standing_lines
from tests.doubles.alerts import NOW, a_parcel, an_alert
from tests.doubles.slack_text import refusal_of, shown_text

ALICE = Person(id="command:alice", name="alice")
MUTE = Mute(
    id=1,
    rule_id="rule-1",
    title="x",
    scope=MuteScope.ALL,
    account="",
    principal="",
    reason="why",
    duration=timedelta(hours=1),
    with_critical=False,
    alert_id="alert-1",
    made_by=ALICE,
    made_at=NOW,
    until_at=NOW + timedelta(hours=1),
)
WHOLE = Answers(
    acknowledged_by=ALICE,
    acknowledged_at=NOW,
    verdict=AnswerKind.NOT_EXPECTED,
    verdict_by=ALICE,
    verdict_at=NOW,
    mute=MUTE,
)


def shown(parcel: Parcel, answers: Answers | None) -> str:
    message = compose(replace(parcel, answers=answers), details="none")
    assert message is not None
    assert refusal_of(message) is None
    return shown_text(message) + message.plain


def test_each_answer_is_a_line() -> None:
    text = shown(a_parcel(), WHOLE)
    at = f"{NOW:%Y-%m-%d %H:%M} UTC"
    assert f"✔ acknowledged by alice {at}" in text
    assert f"✔ not expected, says alice {at}" in text
    assert f"✔ muted by alice until {NOW + timedelta(hours=1):%Y-%m-%d %H:%M} UTC, for everybody" in text
    assert list(standing_lines(replace(WHOLE, mute=replace(MUTE, until_at=None))))[2:] == []


def test_without_answers_nothing_is_said() -> None:
    assert "✔" not in shown(a_parcel(), None)
    assert "✔" not in shown(a_parcel(), Answers())


def test_a_notice_says_who_has_seen_it() -> None:
    notice = a_parcel(an_alert(rule_id="notice:state_new", samples=()))
    assert "✔ acknowledged by alice" in shown(notice, replace(WHOLE, verdict=None, mute=None))


def test_a_hostile_name_is_cut_and_mentions_nobody() -> None:
    person = Person(id="x", name="<!channel>" + "\u202e" + "x" * 5_000)
    (line,) = standing_lines(Answers(acknowledged_by=person, acknowledged_at=NOW))
    assert len(line) < 130
    message = compose(replace(a_parcel(), answers=Answers(acknowledged_by=person, acknowledged_at=NOW)), details="none")
    assert message is not None
    assert "<!channel>" not in message.plain
