"""PagerDuty by its Events API v2: one try a call. A repeat does no harm, since its dedup key is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from daemon.model import Dead, Pause, SendOutcome, Sent
from daemon.notify.forms import send_forms
from daemon.notify.pagerduty_event import bare_event_of, event_of
from daemon.notify.post import Answer, Poster
from daemon.notify.statuses import outcome_of
from daemon.ports import Parcel

DEFAULT_API_URL = "https://events.pagerduty.com/"
BAD_KEY = "invalid_routing_key"
_BAD_KEY = Pause(
    reason=BAD_KEY, hint="give the Integration Key of the service's Events API v2 integration as routing_key"
)
_KEY = re.compile(r"[A-Za-z0-9]{32}")
_KEY_REFUSED = re.compile(rb"(?i)routing[_ ]key")


class PagerDutyNotifier:
    """Triggers an incident for each alert. `routing_key` is asked anew for each event."""

    def __init__(
        self,
        *,
        name: str,
        routing_key: Callable[[], str],
        api_url: str = DEFAULT_API_URL,
        poster: Poster | None = None,
    ) -> None:
        self._name = name
        self._routing_key = routing_key
        self._url = api_url.rstrip("/") + "/v2/enqueue"
        self._poster = poster or Poster()

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Send one event; after a refusal of the content once more without a word of what happened."""
        event, bare = event_of(parcel), bare_event_of(parcel)
        if event is None or bare is None:
            return Sent()
        outcome = send_forms((event, bare), parcel.delivery, self._post)
        return Sent(remote_ref=str(event["dedup_key"])) if isinstance(outcome, Sent) else outcome

    def _post(self, event: Mapping[str, Any]) -> SendOutcome:
        key = self._routing_key().strip()
        if not _KEY.fullmatch(key):
            return _BAD_KEY
        body = json.dumps({"routing_key": key, **event}).encode("ascii")
        answer = self._poster.post(self._url, body, {})
        if not isinstance(answer, Answer):
            return answer
        outcome = outcome_of(answer.status, answer.headers)
        return _BAD_KEY if isinstance(outcome, Dead) and _KEY_REFUSED.search(answer.body) else outcome
