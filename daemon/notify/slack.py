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
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from daemon.model import OFTEN, Dead, Delivery, DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import CONTENT, GONE, NO_THREAD, OF_CHANNEL, UNREACHABLE, RetryReason, outcome_for
from daemon.notify.compose import Details, compose
from daemon.notify.message import Message, redirected
from daemon.notify.slack_client import DEFAULT_API_URL, TIMEOUT_S, make_client
from daemon.ports import Parcel

log = structlog.get_logger("trailwarden")

_MOST_PERMALINKS = 1_000
# The last four: an answer that is no answer of Slack's, at which slack_sdk stumbles.
_FAULTS = (OSError, http.client.HTTPException, ValueError, TypeError, AttributeError, SlackClientError)
_ONLY_NEW = ("mrkdwn", "unfurl_links", "unfurl_media")  # what chat.update does not know
_OF_THREAD = frozenset({DeliveryKind.DETAILS, DeliveryKind.ANSWER})
_THREAD_TRIES = 24  # about an hour and a half
_NO_TOKEN = Pause(reason="not_authed", hint="set the destination's token: SLACK_BOT_TOKEN, or SLACK_BOT_TOKEN_FILE")
_BAD_TOKEN = Pause(
    reason="invalid_auth", hint="the token holds characters that no token has; give the bare xoxb-… text"
)


class SlackNotifier:
    """Posts alerts into one channel, changes them as they grow, and talks below them. `token` is asked each time."""

    def __init__(
        self,
        *,
        name: str,
        token: Callable[[], str],
        channel: str,
        details: Details = "matched",
        api_url: str = DEFAULT_API_URL,
        timeout_s: int = TIMEOUT_S,
        audit_channel: str | None = None,
        has_buttons: bool = False,
    ) -> None:
        self._audit_channel = audit_channel
        self._has_buttons = has_buttons
        self._name = name
        self._token = token
        self._channel = channel
        self._details: Details = details
        self._permalinks: dict[str, str | None] = {}
        self._client = make_client(api_url=api_url, timeout_s=timeout_s)

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Post once; after a refusal of the content once more as plain text.

        What is refused while others pass is posted as plain text, and without a word of its event, by turns.
        """
        message = compose(
            parcel, details=self._details, permalink=self._permalink(parcel), has_buttons=self._has_buttons
        )
        if message is None:
            return Sent()
        is_audit = parcel.delivery.kind is DeliveryKind.AUDIT
        address = address_of(parcel.delivery, channel=self._audit_channel or "" if is_audit else self._channel)
        if (lacking := _lacking(parcel, address)) is not None:
            return lacking
        outcome = self._try(message, parcel.delivery, address)
        if parcel.delivery.kind is DeliveryKind.BROADCAST and "thread_ts" in address and _has_no_thread(outcome):
            address = {"channel": parcel.delivery.channel or self._channel}  # it is gone, and what rings must ring
            outcome = self._try(message, parcel.delivery, address)
        if isinstance(outcome, Pause) and _is_led_astray(parcel.delivery, address, outcome):
            # A channel that only some route names must hold up no other message, and cost no alert.
            log.warning("route's channel failed", destination=self._name, **address, reason=outcome.reason)
            message, address = redirected(message, parcel.delivery, why=outcome.reason), {"channel": self._channel}
            outcome = self._try(message, parcel.delivery, address)
        if isinstance(outcome, Pause) and (len(address) > 1 or is_audit):
            return _of_thread(outcome, attempts=parcel.delivery.attempts)
        if isinstance(outcome, Dead) and outcome.reason not in CONTENT | GONE:
            return Retry(reason=RetryReason.UNKNOWN_ANSWER)
        return outcome

    def _try(self, message: Message, delivery: Delivery, address: Mapping[str, Any]) -> SendOutcome:
        """In the form that fits, and once more as plain text where that may help."""
        is_singled_out = delivery.is_singled_out
        outcome = self._post(_plainer(message, delivery) if is_singled_out else rich_payload(message), address)
        if isinstance(outcome, Dead) and not is_singled_out and outcome.reason not in GONE | NO_THREAD:
            log.warning("message refused, trying plain text", destination=self._name, reason=outcome.reason)
            return self._post(plain_payload(message), address)
        return outcome

    def _permalink(self, parcel: Parcel) -> str | None:
        """Where the message of the alert before can be read, asked once; without it the alert's id must do."""
        ref = parcel.previous.remote_ref if parcel.previous else None
        if ref is None or parcel.delivery.kind not in (DeliveryKind.OPEN, DeliveryKind.UPDATE):
            return None
        if ref not in self._permalinks:
            channel, _, ts = ref.partition("/")
            while len(self._permalinks) >= _MOST_PERMALINKS:
                self._permalinks.pop(next(iter(self._permalinks)))
            self._permalinks[ref] = self._ask_permalink(channel=channel, ts=ts)
        return self._permalinks[ref]

    def _ask_permalink(self, *, channel: str, ts: str) -> str | None:
        try:
            answer = self._client.chat_getPermalink(token=self._token().strip(), channel=channel, message_ts=ts)
            return str(answer.get("permalink") or "") or None
        except _FAULTS as fault:  # whatever is wrong with Slack, the message itself will tell
            log.debug("no permalink", destination=self._name, fault=type(fault).__name__)
            return None

    def _post(self, payload: Mapping[str, Any], address: Mapping[str, Any]) -> SendOutcome:
        """One call. Dead stands for every refusal that plain text may cure."""
        token = self._token().strip()
        if not token or not is_plausible(token):
            return _BAD_TOKEN if token else _NO_TOKEN
        try:
            if "ts" in address:
                return _sent(self._client.chat_update(token=token, **_as_change(payload), **address))
            return _sent(self._client.chat_postMessage(token=token, **payload, **address))
        except SlackApiError as refusal:
            return _refused(refusal)
        except _FAULTS as fault:
            return unreachable(fault)


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


def address_of(delivery: Delivery, *, channel: str) -> dict[str, Any]:
    """Where it goes: the channel, the thread below the message that it belongs to, or that message itself."""
    channel_id, _, ts = (delivery.parent_ref or "").partition("/")
    if not channel_id or not ts:
        return {"channel": delivery.channel or channel}
    if delivery.kind is DeliveryKind.UPDATE:
        return {"channel": channel_id, "ts": ts}
    is_broadcast = {"reply_broadcast": True} if delivery.kind is DeliveryKind.BROADCAST else {}
    return {"channel": channel_id, "thread_ts": ts, **is_broadcast}


def _is_led_astray(delivery: Delivery, address: Mapping[str, Any], outcome: SendOutcome) -> bool:
    """Whether it went to the channel that a route names, and that one takes nothing."""
    is_refused = isinstance(outcome, Pause) and outcome.reason in OF_CHANNEL
    return delivery.channel is not None and len(address) == 1 and is_refused


def _lacking(parcel: Parcel, address: Mapping[str, Any]) -> Dead | None:
    """Slack never told the message's time: better nothing than a loose end. What takes an alert back is none."""
    if parcel.delivery.kind is DeliveryKind.UPDATE and "ts" not in address:
        return Dead(reason="no_message")
    is_loose_end = parcel.delivery.kind is DeliveryKind.REPLY and parcel.alerts[0].revised is None
    if (parcel.delivery.kind in _OF_THREAD or is_loose_end) and "thread_ts" not in address:
        return Dead(reason="no_thread")
    return None


def _has_no_thread(outcome: SendOutcome) -> bool:
    """Whether the thread is gone, or in a channel that can no longer be written to."""
    if isinstance(outcome, Dead):
        return outcome.reason in NO_THREAD
    return isinstance(outcome, Pause) and outcome.reason in OF_CHANNEL


def _as_change(payload: Mapping[str, Any]) -> dict[str, Any]:
    """As chat.update takes it, which keeps what it is not told to take away."""
    kept = {name: value for name, value in payload.items() if name not in _ONLY_NEW}
    return {"blocks": [], "attachments": [], **kept}
