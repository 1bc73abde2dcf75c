"""A Slack channel by an incoming webhook: the degraded mode, since a webhook tells no message's time.

So there is no thread and no update: alerts, those that ring again, summaries of floods, notices, and what takes an
alert back, each by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from daemon.model import Dead, DeliveryKind, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.compose import compose
from daemon.notify.correlated import revision_message
from daemon.notify.forms import send_forms
from daemon.notify.message import Message
from daemon.notify.post import Answer, Poster
from daemon.notify.slack import plain_payload, rich_payload
from daemon.notify.statuses import outcome_of
from daemon.ports import Parcel

_NEW_ONE = "the webhook is gone or switched off; make a new one in the app's settings and give its address as url"
_CHANNEL = "the channel of the webhook takes no message of it; unarchive it, or make a webhook for another"
_ASK = "the workspace does not let this webhook post; ask its owners"
# Slack's words in the body of a refusal, by its page on incoming webhooks.
PAUSES = {
    "invalid_token": _NEW_ONE,
    "no_active_hooks": _NEW_ONE,
    "no_service": _NEW_ONE,
    "no_service_id": _NEW_ONE,
    "no_team": _NEW_ONE,
    "team_disabled": _NEW_ONE,
    "channel_not_found": _CHANNEL,
    "channel_is_archived": _CHANNEL,
    "action_prohibited": _ASK,
    "posting_to_general_channel_denied": _ASK,
}
_TOLD = frozenset({DeliveryKind.OPEN, DeliveryKind.SUMMARY, DeliveryKind.BROADCAST})


class SlackWebhookNotifier:
    """Posts to one incoming webhook. `url` is asked anew for each message."""

    def __init__(self, *, name: str, url: Callable[[], str], poster: Poster | None = None) -> None:
        self._name = name
        self._url = url
        self._poster = poster or Poster()

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Post once; after a refusal of the content as plain text, and then without a word of the event."""
        message = webhook_message(parcel)
        if message is None:
            return Sent()
        return send_forms(webhook_payloads(message), parcel.delivery, self._post)

    def _post(self, payload: Mapping[str, Any]) -> SendOutcome:
        answer = self._poster.post(self._url().strip(), json.dumps(payload).encode("ascii"), {})
        return _outcome(answer) if isinstance(answer, Answer) else answer


def webhook_payloads(message: Message) -> tuple[dict[str, Any], ...]:
    """A message as blocks, as text, and without its event."""
    rich = {name: value for name, value in rich_payload(message).items() if name != "metadata"}  # no webhook takes it
    return rich, plain_payload(message), plain_payload(message) | {"text": message.bare}


def webhook_message(parcel: Parcel) -> Message | None:
    """What is posted of a delivery; None for what a webhook cannot do."""
    if parcel.delivery.kind is DeliveryKind.REPLY and parcel.alerts:
        return revision_message(parcel.alerts[0])
    return compose(parcel, details="none") if parcel.delivery.kind in _TOLD else None


def _outcome(answer: Answer) -> SendOutcome:
    word = answer.body.decode("ascii", "replace").strip()
    if answer.status >= 400 and word in PAUSES:
        return Pause(reason=word, hint=PAUSES[word])
    outcome = outcome_of(answer.status, answer.headers)
    if isinstance(outcome, Sent) and word != "ok":  # a portal's page, or somebody else's server
        return Retry(reason=RetryReason.UNKNOWN_ANSWER)
    return Dead(reason=word[:60]) if isinstance(outcome, Dead) else outcome
