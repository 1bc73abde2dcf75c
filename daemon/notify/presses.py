"""What Slack sends when somebody presses a button or sends a dialog, as types. Pure; whatever comes, nothing is raised.

Only what we put there ourselves is believed of a button: its kind, and the value with destination and id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daemon.model import MUTING, AnswerKind, MuteRequest
from daemon.notify.buttons import PREFIX
from daemon.notify.dialog import CALLBACK, read_dialog, read_metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Somebody did something. `mute` is what a dialog asked for; without it a press of Mute asks for the dialog.

    `key` is the same if Slack brings the same press twice.
    """

    kind: AnswerKind
    destination: str
    alert_id: str
    mute_id: int | None
    mute: MuteRequest | None
    user_id: str
    team_id: str
    channel: str
    trigger_id: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """A dialog that cannot be taken as it is: what is wrong, by block, for whoever filled it in."""

    errors: dict[str, str]


def read_press(payload: Mapping[str, Any], *, envelope_id: str) -> Press | Faulty | None:
    """What was done; None for what is no business of ours."""
    if payload.get("type") == "view_submission":
        return _submission(payload, envelope_id=envelope_id)
    return _button(payload, envelope_id=envelope_id) if payload.get("type") == "block_actions" else None


def _button(payload: Mapping[str, Any], *, envelope_id: str) -> Press | None:
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    kind = _kind(action)
    destination, _, about = _text(action, "value").partition(" ")
    if kind is None or not destination or not about:
        return None
    is_mute = kind in MUTING and kind is not AnswerKind.MUTE
    if is_mute and not (about.isascii() and about.isdecimal() and len(about) < 19):
        return None
    return Press(
        kind=kind,
        destination=destination,
        alert_id="" if is_mute else about,
        mute_id=int(about) if is_mute else None,
        mute=None,
        user_id=_text(_mapping(payload, "user"), "id"),
        team_id=_text(_mapping(payload, "user"), "team_id") or _text(_mapping(payload, "team"), "id"),
        channel=_text(_mapping(payload, "container"), "channel_id") or _text(_mapping(payload, "channel"), "id"),
        trigger_id=_text(payload, "trigger_id"),
        key=f"slack:{envelope_id}",
    )


def _submission(payload: Mapping[str, Any], *, envelope_id: str) -> Press | Faulty | None:
    view = _mapping(payload, "view")
    about = read_metadata(view)
    if view.get("callback_id") != CALLBACK or not about.get("destination") or not about.get("alert"):
        return None
    asked = read_dialog(view)
    if isinstance(asked, dict):
        return Faulty(errors=asked)
    return Press(
        kind=AnswerKind.MUTE,
        destination=about["destination"],
        alert_id=about["alert"],
        mute_id=None,
        mute=asked,
        user_id=_text(_mapping(payload, "user"), "id"),
        team_id=_text(_mapping(payload, "user"), "team_id") or _text(_mapping(payload, "team"), "id"),
        channel=about.get("channel", ""),
        trigger_id="",
        key=f"slack:{_text(view, 'id') or envelope_id}",  # a dialog that is sent twice is one mute
    )


def _kind(action: Mapping[str, Any]) -> AnswerKind | None:
    name = _text(action, "action_id")
    known = {f"{PREFIX}{kind.value}": kind for kind in AnswerKind}
    return known.get(name)


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    inner = value.get(key)
    return inner if isinstance(inner, str) else ""
