"""The dialog in which a mute is asked for, and what comes back of it. Pure.

Whom the mute would be about is shown as plain text: it is the event's to choose.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from daemon.model import REASON_CHARS, Alert, MuteRequest, MuteScope
from daemon.notify.blocks import Block
from daemon.trail.answer_text import span_text
from daemon.trail.printable import printable
from daemon.trail.subject import subject_of

CALLBACK = "trailwarden_mute"
_OPTION_CHARS = 75  # Slack's
_DURATIONS = tuple(timedelta(hours=hours) for hours in (1, 4, 8, 24, 72, 168, 336, 720))
_DEFAULT = timedelta(hours=8)


def mute_dialog(alert: Alert, *, destination: str, channel: str) -> dict[str, Any]:
    """The view to open."""
    about = {"destination": destination, "alert": alert.id, "channel": channel}
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(about),
        "title": _plain("Mute this rule"),
        "submit": _plain("Mute"),
        "close": _plain("Cancel"),
        "blocks": [
            {"type": "section", "text": _plain(printable(alert.title, limit=300) or " ")},
            _input("scope", "For whom", _choice("radio_buttons", _scopes(alert), 0)),
            _input("duration", "For how long", _choice("static_select", _durations(), _DURATIONS.index(_DEFAULT))),
            _input("reason", "Why", {"type": "plain_text_input", "max_length": REASON_CHARS}),
            {"type": "context", "elements": [_plain(_REMARK)]},
        ],
    }


def read_dialog(view: Mapping[str, Any]) -> MuteRequest | dict[str, str]:
    """What was asked for, or what is wrong with it, by block. Whatever comes: nothing is raised."""
    values = _mapping(_mapping(view, "state"), "values")
    scope, duration = _selected(values, "scope"), _selected(values, "duration")
    reason = _mapping(_mapping(values, "reason"), "reason").get("value")
    if scope not in set(MuteScope):
        return {"scope": "choose for whom"}
    if duration not in {_seconds(each) for each in _DURATIONS}:
        return {"duration": "choose for how long"}
    try:
        text = printable(reason if isinstance(reason, str) else "", limit=REASON_CHARS + 1)
        return MuteRequest(scope=MuteScope(scope), duration=timedelta(seconds=int(duration)), reason=text.strip())
    except ValueError as fault:
        return {"reason": str(fault)}


def read_metadata(view: Mapping[str, Any]) -> dict[str, str]:
    """Destination, alert and channel, as `mute_dialog` put them there; empty where they are not."""
    try:
        about = json.loads(str(view.get("private_metadata") or "{}"))
    except ValueError:
        return {}
    return {key: str(value) for key, value in about.items()} if isinstance(about, dict) else {}


_REMARK = (
    "What is muted is still recorded and counted, and never what is critical."
    " A mute for everybody waits for a second person."
)


def _scopes(alert: Alert) -> list[tuple[str, str]]:
    subject = subject_of(alert)
    scopes = [(MuteScope.ALL.value, "Everybody (needs a second person)")]
    if subject.account:
        scopes.insert(0, (MuteScope.ACCOUNT.value, f"All of account {subject.account}"))
        if subject.principal:
            scopes.insert(0, (MuteScope.IDENTITY.value, f"Only {subject.principal}"))
    return scopes


def _durations() -> list[tuple[str, str]]:
    return [(_seconds(each), span_text(each)) for each in _DURATIONS]


def _seconds(duration: timedelta) -> str:
    return str(int(duration.total_seconds()))


def _choice(kind: str, options: list[tuple[str, str]], first: int) -> Block:
    shown: list[Block] = []
    for value, label in options:
        option: Block = {"value": value, "text": _plain(printable(label, limit=_OPTION_CHARS))}
        if kind == "radio_buttons" and len(label) > _OPTION_CHARS:  # the end of an ARN tells most
            option["description"] = _plain("…" + printable(label[-_OPTION_CHARS + 1 :], limit=_OPTION_CHARS - 1))
        shown.append(option)
    return {"type": kind, "options": shown, "initial_option": shown[first]}


def _input(name: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": name, "label": _plain(label), "element": {**element, "action_id": name}}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _selected(values: Mapping[str, Any], name: str) -> str:
    return str(_mapping(_mapping(_mapping(values, name), name), "selected_option").get("value") or "")


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, Mapping) else {}
