"""The buttons below an alert, and the message that says what somebody did. Pure.

A button carries the destination's name and the alert's id or the mute's number, nothing of any event.
"""

from __future__ import annotations

from dataclasses import replace

from daemon.model import Alert, AnswerKind, Answers, KeptAnswer, Level, Mute
from daemon.notify.blocks import Block, Element, context, rich_text, section, text
from daemon.notify.escape import escape
from daemon.notify.message import COLORS, PLAIN_LIMIT, TEXT_LIMIT, Message, bare_text, metadata_of
from daemon.trail.answer_text import answer_text, standing_lines

PREFIX = "trailwarden_"
_LIMIT = 1_500
_LABELS = {
    AnswerKind.ACKNOWLEDGE: "Acknowledge",
    AnswerKind.MUTE: "Mute…",
    AnswerKind.EXPECTED: "Expected",
    AnswerKind.NOT_EXPECTED: "Not expected",
    AnswerKind.CONFIRM_MUTE: "Confirm this mute",
    AnswerKind.UNMUTE: "End this mute",
}


def with_buttons(message: Message, alert: Alert, *, destination: str) -> Message:
    """The message of an alert with its buttons at the end. What is critical is not muted here; notices have none."""
    if alert.is_notice:
        return message
    kinds = [AnswerKind.ACKNOWLEDGE, AnswerKind.MUTE, AnswerKind.EXPECTED, AnswerKind.NOT_EXPECTED]
    if alert.level is Level.CRITICAL:
        kinds.remove(AnswerKind.MUTE)
    buttons = [_button(kind, f"{destination} {alert.id}") for kind in kinds]
    return replace(message, body=(*message.body, _actions(buttons)))


def with_answers(message: Message, answers: Answers | None) -> Message:
    """The message of an alert with what people have said to it by now, in a small line each."""
    lines = list(standing_lines(answers)) if answers is not None else []
    if not lines:
        return message
    plain = "\n".join([message.plain, *(escape(line, limit=300) for line in lines)])
    return replace(message, plain=plain, body=(*message.body, context(lines, limit=300)))


def answer_message(alert: Alert, kept: KeptAnswer, *, destination: str, is_audit: bool, has_buttons: bool) -> Message:
    """What somebody did, for the alert's thread or for the audit channel, which does not see the alert."""
    said = answer_text(kept)
    shown = f"{said}\nAlert {alert.id}, rule {alert.rule_id}" if is_audit else said
    blocks: tuple[Block, ...] = (rich_text(section([text(shown, limit=_LIMIT)])),)
    if has_buttons and kept.mute is not None:
        blocks += tuple(_actions([button]) for button in _of_mute(kept, kept.mute, destination=destination))
    return Message(
        text=escape(said, limit=TEXT_LIMIT),
        plain=escape(shown, limit=_LIMIT)[:PLAIN_LIMIT],
        bare=bare_text("An alert was answered", command=f"trailwarden alerts show {alert.id}"),
        headline=blocks,
        color=COLORS[alert.level],
        metadata=metadata_of(alert, kind="answer"),
    )


def _of_mute(kept: KeptAnswer, mute: Mute, *, destination: str) -> list[Element]:
    """A second person confirms what waits for one; what holds may be ended."""
    if kept.kind is AnswerKind.UNMUTE:
        return []
    kind = AnswerKind.CONFIRM_MUTE if mute.until_at is None else AnswerKind.UNMUTE
    return [_button(kind, f"{destination} {mute.id}")]


def _button(kind: AnswerKind, value: str) -> Element:
    label = {"type": "plain_text", "text": _LABELS[kind], "emoji": False}
    return {"type": "button", "action_id": f"{PREFIX}{kind.value}", "text": label, "value": value}


def _actions(buttons: list[Element]) -> Block:
    return {"type": "actions", "elements": buttons}
