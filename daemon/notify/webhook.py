"""A generic webhook as a destination: JSON by docs/webhook.schema.json, signed, each delivery with an id of its own.

It never waits and never retries, the outbox does; a receiver that drops repeats of an id gets each message once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from daemon.config.urls import header_fault
from daemon.model import Pause, SendOutcome, Sent
from daemon.notify.compose import Details
from daemon.notify.forms import send_forms
from daemon.notify.keys import delivery_key
from daemon.notify.payload import bare_payload, encoded, payload
from daemon.notify.post import Answer, Poster
from daemon.notify.signature import DELIVERY, signature_headers
from daemon.notify.statuses import outcome_of
from daemon.ports import Clock, Parcel

BAD_HEADER = "bad_header"


class WebhookNotifier:
    """Posts each delivery to one address. What is secret is asked anew for each message."""

    def __init__(
        self,
        *,
        name: str,
        url: Callable[[], str],
        secret: Callable[[], str] = lambda: "",
        headers: Mapping[str, Callable[[], str]] | None = None,
        details: Details = "matched",
        clock: Clock,
        poster: Poster | None = None,
    ) -> None:
        self._name = name
        self._url = url
        self._secret = secret
        self._headers = headers or {}
        self._details: Details = details
        self._clock = clock
        self._poster = poster or Poster()

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Post once; after a refusal of the content once more without a word of the event."""
        told = payload(parcel, details=self._details)
        if told is None:
            return Sent()
        extra = {name: shown for name, value in self._headers.items() if (shown := value().strip())}
        for name, value in extra.items():  # one that follows a file may have become none
            if fault := header_fault(name, value):
                return Pause(reason=BAD_HEADER, hint=f"{fault}; mend the file that it comes from")
        extra[DELIVERY] = delivery_key(parcel.delivery)
        forms = (encoded(told), encoded(bare_payload(parcel)))
        return send_forms(forms, parcel.delivery, lambda body: self._post(body, extra))

    def _post(self, body: bytes, headers: Mapping[str, str]) -> SendOutcome:
        secret = self._secret().strip()
        signed = signature_headers(body, secret=secret, timestamp=int(self._clock().timestamp())) if secret else {}
        answer = self._poster.post(self._url().strip(), body, {**headers, **signed})
        return outcome_of(answer.status, answer.headers) if isinstance(answer, Answer) else answer
