"""What is asked of Slack, and said to one person, when somebody presses a button: one try a call, past the outbox.

Who may press is asked of Slack, and without an answer nobody may.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from daemon.notify.answers import PAUSES
from daemon.notify.escape import escape
from daemon.notify.slack_client import make_client
from daemon.trail.printable import printable

log = structlog.get_logger("trailwarden")

_TIMEOUT_S = 5  # a dialog must be asked for within three seconds of the press: a Slack that is slower is no use
_KEPT_S = 300.0
_FAULTS = (OSError, http.client.HTTPException, ValueError, TypeError, AttributeError, KeyError, SlackClientError)
NOT_ASKED = "Whether you may do this could not be asked of Slack just now. Try again in a minute."
NOT_A_MEMBER = "You may not do this: it is for members of a user group that the configuration names."
NOT_SET_UP = "The app is not set up for this ({code}); tell whoever runs Trailwarden."
_PERMANENT = frozenset(PAUSES) | {"no_such_subteam", "subteam_not_found", "plan_upgrade_required", "paid_teams_only"}
A_GUEST = "You may not do this: guests, bots and people of other workspaces never may."


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who somebody is, and, where they may not press, why."""

    person_id: str
    name: str
    refusal: str | None = None


class Window:
    """One destination's way to talk with people. `may_press` is the id of a user group of its workspace.

    `on_not_set_up` is told Slack's word when it refuses for what only whoever runs the daemon can mend.
    """

    def __init__(
        self,
        *,
        token: Callable[[], str],
        api_url: str,
        may_press: str,
        monotonic: Callable[[], float],
        on_not_set_up: Callable[[str], None] = lambda code: None,
    ) -> None:
        self._token = token
        self._client = make_client(api_url=api_url, timeout_s=_TIMEOUT_S)
        self._may_press = may_press
        self._monotonic = monotonic
        self._on_not_set_up = on_not_set_up
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def standing(self, user_id: str, *, team_id: str) -> Standing:
        """Whether this person may press. What Slack says is believed for five minutes. Never raises."""
        known = Standing(person_id=f"slack:{team_id}/{user_id}", name=user_id)
        try:
            team = self._ask("team", lambda: _team(self._call("auth.test")))
            members = self._ask("members", self._members)
            if user_id not in members:
                return _refused(known, NOT_A_MEMBER)
            user = self._ask(f"user {user_id}", lambda: self._call("users.info", user=user_id)["user"])
            named = Standing(person_id=f"slack:{team}/{user_id}", name=_name(user, user_id))
            return named if _is_colleague(user, team=team, came_from=team_id) else _refused(named, A_GUEST)
        except _FAULTS as fault:
            code = _in_words(fault)
            log.warning("nobody could be asked who may press", fault=code)
            if code not in _PERMANENT:
                return _refused(known, NOT_ASKED)
            self._on_not_set_up(code)
            return _refused(known, NOT_SET_UP.format(code=code))

    def tell(self, user_id: str, said: str, *, channel: str) -> bool:
        """Say something that only this person sees; gives whether Slack took it. Never raises."""
        body = {"channel": channel, "user": user_id, "text": escape(said, limit=1_000), "parse": "none"}
        return self._try("chat.postEphemeral", body)

    def open_dialog(self, trigger_id: str, view: Mapping[str, Any]) -> bool:
        """Open a dialog for whoever pressed just now; gives whether Slack took it. Never raises."""
        return self._try("views.open", {"trigger_id": trigger_id, "view": dict(view)})

    def _members(self) -> frozenset[str]:
        answer = self._call("usergroups.users.list", usergroup=self._may_press)
        return frozenset(user for user in answer["users"] if isinstance(user, str))

    def _ask(self, what: str, ask: Callable[[], Any]) -> Any:
        """What is known of it, for a while; faults are not kept."""
        now = self._monotonic()
        with self._lock:
            at, known = self._kept.get(what, (now - _KEPT_S, None))
        if now - at < _KEPT_S:
            return known
        answer = ask()
        with self._lock:
            self._kept = {name: kept for name, kept in self._kept.items() if now - kept[0] < _KEPT_S}
            self._kept[what] = now, answer
        return answer

    def _call(self, method: str, **asked: str) -> Mapping[str, Any]:
        answer = self._client.api_call(method, data=asked, headers=self._headers())
        if not isinstance(answer.data, dict):
            raise ValueError("an answer that is none of Slack's")
        return answer.data

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token().strip()}"}

    def _try(self, method: str, body: Mapping[str, Any]) -> bool:
        try:
            self._client.api_call(method, json=dict(body), headers=self._headers())
        except _FAULTS as fault:
            log.warning("Slack did not take an answer to a press", method=method, fault=_in_words(fault))
            return False
        return True


def _is_colleague(user: Mapping[str, Any], *, team: str, came_from: str) -> bool:
    """A full member of our own workspace: no guest, no bot, nobody of a connected workspace, nobody who left."""
    flags = ("deleted", "is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger")
    if any(user.get(flag) for flag in flags) or user.get("is_restricted") is None:
        return False
    organisation = user.get("enterprise_user")
    teams = organisation.get("teams", []) if isinstance(organisation, Mapping) else []
    return bool(team) and (user.get("team_id") == team or team in teams) and came_from in (team, user.get("team_id"))


def _team(answer: Mapping[str, Any]) -> str:
    team = answer["team_id"]
    if not isinstance(team, str) or not team:
        raise ValueError("Slack does not say of which workspace the token is")
    return team


def _name(user: Mapping[str, Any], user_id: str) -> str:
    shown = user.get("real_name") or user.get("name")
    name = printable(shown, limit=80) if isinstance(shown, str) else ""
    return f"{name} ({user_id})" if name else user_id


def _refused(standing: Standing, why: str) -> Standing:
    return Standing(person_id=standing.person_id, name=standing.name, refusal=why)


def _in_words(fault: Exception) -> str:
    if isinstance(fault, SlackApiError):
        data = fault.response.data if hasattr(fault.response, "data") else {}
        return str(data.get("error") if isinstance(data, dict) else "odd answer")[:80]
    return type(fault).__name__
