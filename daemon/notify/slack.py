"""A Slack channel as a destination, by bot token: one try a call, and what Slack's answer means.

It never waits and never retries, the outbox does. The only case in which a message may come twice is an answer that
got lost on its way back: Slack's API takes no key by which it would know the second one.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import URLError

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from daemon.model import OFTEN, Dead, Delivery, DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import CONTENT, OF_CHANNEL, UNREACHABLE, RetryReason, outcome_for
from daemon.notify.compose import Details, compose
from daemon.notify.message import Message
from daemon.ports import Parcel

log = structlog.get_logger("trailwarden")

DEFAULT_API_URL = "https://slack.com/api/"
_TIMEOUT_S = 15
_OF_THREAD = frozenset({DeliveryKind.DETAILS, DeliveryKind.ANSWER})
_THREAD_TRIES = 24  # about an hour and a half
_NO_TOKEN = Pause(reason="not_authed", hint="set the destination's token: SLACK_BOT_TOKEN, or SLACK_BOT_TOKEN_FILE")
_BAD_TOKEN = Pause(
    reason="invalid_auth", hint="the token holds characters that no token has; give the bare xoxb-… text"
)


class SlackNotifier:
    """Posts alerts into one channel and their details into the thread. `token` is asked anew for each message."""

    def __init__(
        self,
        *,
        name: str,
        token: Callable[[], str],
        channel: str,
        details: Details = "matched",
        api_url: str = DEFAULT_API_URL,
        timeout_s: int = _TIMEOUT_S,
        audit_channel: str | None = None,
        has_buttons: bool = False,
    ) -> None:
        self._audit_channel = audit_channel
        self._has_buttons = has_buttons
        self._name = name
        self._token = token
        self._channel = channel
        self._details: Details = details
        self._client = make_client(api_url=api_url, timeout_s=timeout_s)

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Post once; after a refusal of the content once more as plain text.

        What is refused while others pass is posted as plain text, and without a word of its event, by turns.
        """
        message = compose(parcel, details=self._details, has_buttons=self._has_buttons)
        if message is None:
            return Sent()
        is_audit = parcel.delivery.kind is DeliveryKind.AUDIT
        address = _address(parcel.delivery, channel=self._audit_channel or "" if is_audit else self._channel)
        if parcel.delivery.kind in _OF_THREAD and "thread_ts" not in address:
            return Dead(reason="no_thread")  # Slack never told the message's time: better no details than loose ones
        is_singled_out = parcel.delivery.is_singled_out
        payload = _plainer(message, parcel.delivery) if is_singled_out else rich_payload(message)
        outcome = self._post(payload | address)
        if isinstance(outcome, Pause) and ("thread_ts" in address or is_audit):
            return _of_thread(outcome, attempts=parcel.delivery.attempts)
        if isinstance(outcome, Dead) and not is_singled_out:
            log.warning("message refused, trying plain text", destination=self._name, reason=outcome.reason)
            outcome = self._post(plain_payload(message) | address)
        if isinstance(outcome, Dead) and outcome.reason not in CONTENT:
            return Retry(reason=RetryReason.UNKNOWN_ANSWER)
        return outcome

    def _post(self, payload: Mapping[str, Any]) -> SendOutcome:
        """One call. Dead stands for every refusal that plain text may cure."""
        token = self._token().strip()
        if not token or not is_plausible(token):
            return _BAD_TOKEN if token else _NO_TOKEN
        try:
            return _sent(self._client.chat_postMessage(token=token, **payload))
        except SlackApiError as refusal:
            return _refused(refusal)
        except (OSError, http.client.HTTPException, ValueError, TypeError, AttributeError, SlackClientError) as fault:
            # The last four: an answer that is no answer of Slack's, at which slack_sdk stumbles.
            return unreachable(fault)


def make_client(*, api_url: str, timeout_s: int = _TIMEOUT_S) -> WebClient:
    """A client that never retries by itself and says who calls."""
    base_url = api_url if api_url.endswith("/") else api_url + "/"
    return WebClient(base_url=base_url, timeout=timeout_s, retry_handlers=[], user_agent_prefix="trailwarden")


def is_plausible(token: str) -> bool:
    """Whether it can stand in a header at all."""
    return token.isascii() and token.isprintable() and " " not in token


def rich_payload(message: Message) -> dict[str, Any]:
    """A message as blocks, its body beside a coloured bar."""
    payload = plain_payload(message) | {
        "text": message.text,
        "blocks": list(message.headline),
        "metadata": dict(message.metadata),
    }
    if message.body:
        attachment = {"color": message.color, "fallback": message.text, "blocks": list(message.body)}
        payload["attachments"] = [attachment]
    return payload


def plain_payload(message: Message) -> dict[str, Any]:
    """A message as text that Slack neither marks up nor unfolds."""
    return {
        "text": message.plain,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _plainer(message: Message, delivery: Delivery) -> dict[str, Any]:
    """Plain text on the first such try: the number of tries is what is remembered over restarts."""
    is_plain = (delivery.attempts - OFTEN) % 2 == 0
    return plain_payload(message) if is_plain else plain_payload(message) | {"text": message.bare}


def unreachable(fault: Exception) -> Pause | Retry:
    """Tell a connection that never came about (nothing was posted) from an answer that got lost."""
    if isinstance(fault, URLError):  # urllib's word for whatever happened before the request was out
        cause = type(fault.reason).__name__ if isinstance(fault.reason, Exception) else str(fault.reason)[:80]
        return Pause(reason=UNREACHABLE, hint=f"Slack cannot be reached ({cause}); check network, proxy and api_url")
    return Retry(reason=RetryReason.LOST_ANSWER)


def _sent(answer: SlackResponse) -> Sent:
    channel, ts = answer.get("channel"), answer.get("ts")
    return Sent(remote_ref=f"{channel}/{ts}" if channel and ts else None)


def _refused(refusal: SlackApiError) -> SendOutcome:
    answer = refusal.response
    code = str(answer.data.get("error") or "") if isinstance(answer.data, dict) else ""
    headers = {name.lower(): str(value) for name, value in answer.headers.items()}
    asked, date = headers.get("retry-after"), headers.get("date")
    outcome = outcome_for(status=answer.status_code, code=code, retry_after=asked, date=date)
    return outcome or Dead(reason=code)


def _of_thread(outcome: Pause, *, attempts: int) -> SendOutcome:
    """A thread stays where it is when the destination moves: what is wrong there must not hold up the alerts.

    Nor must what is wrong with the audit channel.
    """
    if outcome.reason not in OF_CHANNEL:
        return outcome
    return Retry(reason=outcome.reason) if attempts < _THREAD_TRIES else Dead(reason=outcome.reason)


def _address(delivery: Delivery, *, channel: str) -> dict[str, Any]:
    """Where it goes: the channel, or the thread below the message that it belongs to."""
    channel_id, _, ts = (delivery.parent_ref or "").partition("/")
    return {"channel": channel_id, "thread_ts": ts} if channel_id and ts else {"channel": channel}
