"""Whether the buttons of a Slack destination would work, without pressing one: what `check` asks."""

from __future__ import annotations

from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from daemon.errors import Problem
from daemon.notify.answers import PAUSES
from daemon.notify.diagnose import ANSWERLESS, Diagnosis, code_of, in_words
from daemon.notify.slack_client import make_client

_FIXES = PAUSES | {
    "missing_scope": "add usergroups:read and users:read to the app and install it again, see docs/slack.md",
    "no_such_subteam": "give the id of a user group of this workspace as may_press",
}
_APP_FIX = "give an app-level token (xapp-…) with connections:write as app_token, and switch Socket Mode on"


def diagnose_buttons(
    *, name: str, token: Callable[[], str], app_token: Callable[[], str], may_press: str, api_url: str
) -> Diagnosis:
    """Ask Slack for the user group and for a socket, which is not opened. Never raises, and never tells a token."""
    where = f"destination {name}"
    client = make_client(api_url=api_url, timeout_s=10)
    group = _asked(where, f"may_press {may_press}", lambda: _members(client, where, token().strip(), may_press))
    socket = _asked(where, "app_token", lambda: _socket(client, where, app_token().strip()))
    return Diagnosis(
        facts=(*group.facts, *socket.facts),
        problems=(*group.problems, *socket.problems),
        doubts=(*group.doubts, *socket.doubts),
    )


def _asked(where: str, what: str, ask: Callable[[], Diagnosis]) -> Diagnosis:
    try:
        return ask()
    except SlackApiError as refusal:
        code = code_of(refusal.response)
        fix = _APP_FIX if what == "app_token" else _FIXES.get(code, "try again, or ask whoever runs the workspace")
        return Diagnosis(problems=(Problem(where=where, what=f"{what}: Slack says {code}", fix=fix),))
    except ANSWERLESS as fault:
        return Diagnosis(doubts=(f"{where}: {what} could not be asked of Slack ({in_words(fault)})",))


def _members(client: WebClient, where: str, token: str, group: str) -> Diagnosis:
    users = client.usergroups_users_list(token=token, usergroup=group).get("users") or []
    if not users:
        return Diagnosis(doubts=(f"{where}: the user group {group} has no members, so nobody may press its buttons",))
    return Diagnosis(facts=(f"{where}: {len(users)} may press its buttons",))


def _socket(client: WebClient, where: str, app_token: str) -> Diagnosis:
    client.apps_connections_open(app_token=app_token)
    return Diagnosis(facts=(f"{where}: presses can come",))
