"""Whether a Slack destination would work, without posting: what `check` asks."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from daemon.errors import Problem
from daemon.notify.answers import PAUSES, REDIRECTED
from daemon.notify.slack import is_plausible
from daemon.notify.slack_client import DEFAULT_API_URL, make_client

_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")
ANSWERLESS = (OSError, http.client.HTTPException, ValueError, TypeError, AttributeError, SlackClientError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found out: `facts` in words, `problems` to be mended, `doubts` that only a real message settles."""

    facts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    doubts: tuple[str, ...] = ()


def diagnose_slack(
    *, name: str, token: Callable[[], str], channel: str, api_url: str = DEFAULT_API_URL, timeout_s: int = 10
) -> Diagnosis:
    """Ask Slack who the token is, what it may do, and whether the channel can be seen. Never raises."""
    where = f"destination {name}"
    secret = token().strip()
    if not secret:
        return _faulty(where, "no token is set", "set SLACK_BOT_TOKEN, or SLACK_BOT_TOKEN_FILE")
    if not is_plausible(secret):
        return _faulty(where, "the token holds characters that no token has", "give the bare xoxb-… text")
    client = make_client(api_url=api_url, timeout_s=timeout_s)
    try:
        identity = client.auth_test(token=secret)
    except SlackApiError as refusal:
        code = code_of(refusal.response)
        return _faulty(where, f"Slack refuses the token: {code}", PAUSES.get(code, "try again, or give another token"))
    except ANSWERLESS as fault:
        return _faulty(
            where, f"Slack cannot be reached: {in_words(fault)}", f"check the network, a proxy, and {api_url}"
        )
    return _look_at(client, identity, where=where, token=secret, channel=channel)


def _look_at(client: WebClient, identity: SlackResponse, *, where: str, token: str, channel: str) -> Diagnosis:
    facts = (f"{where}: posts as {identity.get('user')} in the workspace {identity.get('team')}",)
    problems = tuple(_scope_problems(identity, where=where))
    if problems:
        return Diagnosis(facts=facts, problems=problems)
    if not _CHANNEL_ID.fullmatch(channel):
        doubt = f"{where}: whether the app is in {channel} shows only when it posts; try trailwarden send-test"
        return Diagnosis(facts=facts, doubts=(doubt,))
    return _look_at_channel(client, facts, where=where, token=token, channel=channel)


def _look_at_channel(client: WebClient, facts: tuple[str, ...], *, where: str, token: str, channel: str) -> Diagnosis:
    try:
        found = client.conversations_info(token=token, channel=channel).get("channel") or {}
    except SlackApiError as refusal:
        code = code_of(refusal.response)
        if code == "missing_scope":  # looking needs channels:read, which posting does not
            return Diagnosis(facts=facts, doubts=(f"{where}: whether the app is in {channel}, send-test will tell",))
        problem = Problem(
            where=where, what=f"channel {channel}: {code}", fix=PAUSES.get(code, "check the channel's id")
        )
        return Diagnosis(facts=facts, problems=(problem,))
    except ANSWERLESS as fault:
        return Diagnosis(facts=facts, doubts=(f"{where}: {channel} could not be looked at ({in_words(fault)})",))
    for state, code in (("is_archived", "is_archived"), ("is_member", "not_in_channel")):
        if bool(found.get(state, code == "not_in_channel")) is (state == "is_archived"):
            return Diagnosis(
                facts=facts, problems=(Problem(where=where, what=f"channel {channel}: {code}", fix=PAUSES[code]),)
            )
    return Diagnosis(facts=(*facts, f"{where}: is in #{found.get('name', channel)}"))


def _scope_problems(identity: SlackResponse, *, where: str) -> list[Problem]:
    """Slack lists a token's scopes in a header of every answer; without the header nothing is known against it."""
    headers = {name.lower(): str(value) for name, value in identity.headers.items()}
    scopes = headers.get("x-oauth-scopes")
    if scopes is None or "chat:write" in {scope.strip() for scope in scopes.split(",")}:
        return []
    return [Problem(where=where, what="the token may not post", fix=PAUSES["missing_scope"])]


def in_words(fault: Exception) -> str:
    """`Connection refused`, without the wrapping of the library and the number of the system."""
    inner = getattr(fault, "reason", fault)
    return str(getattr(inner, "strerror", None) or inner)


def code_of(answer: SlackResponse) -> str:
    """Slack's word for a refusal."""
    if 300 <= answer.status_code < 400:
        return REDIRECTED
    return str(answer.data.get("error") or "no reason given")[:80] if isinstance(answer.data, dict) else "odd answer"


def _faulty(where: str, what: str, fix: str) -> Diagnosis:
    return Diagnosis(problems=(Problem(where=where, what=what, fix=fix),))
