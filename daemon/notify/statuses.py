"""What an HTTP status means for an alert on its way: sent, later, not here, or not this.

`Dead` here says only that this form of the message was refused; whether any is taken shows in forms.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from daemon.model import Dead, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason, retry_after_delay

FORBIDDEN = "forbidden"
_PAUSES = {
    401: ("unauthorized", "it refuses the credentials (HTTP 401); check secret, headers and address"),
    403: (FORBIDDEN, "it refuses us (HTTP 403); check secret, headers and address, and what stands before it"),
    404: ("not_found", "nothing answers at this address (HTTP 404); check it"),
    405: ("not_found", "this address takes no POST (HTTP 405); check it"),
    407: ("proxy_refused", "the proxy asks for a password (HTTP 407); give it in HTTPS_PROXY"),
    410: ("gone", "this address is gone for good (HTTP 410); make a new one"),
}
_REDIRECTED = ("redirected", "it answers with a redirect, which is never followed; give the address that it leads to")
PAUSE_REASONS = tuple(dict.fromkeys([*(reason for reason, _ in _PAUSES.values()), _REDIRECTED[0]]))
_NOT_NOW = frozenset({408, 425})


def outcome_of(status: int, headers: Mapping[str, str]) -> SendOutcome:
    """What an answer means; names of `headers` are in lower case. Dead: this form of the content was refused."""
    if 200 <= status < 300:
        return Sent()
    asked, date = headers.get("retry-after"), headers.get("date")
    if status == 429:
        return Retry(reason=RetryReason.RATE_LIMITED, after=retry_after_delay(asked, date=date))
    if status >= 500 or status in _NOT_NOW:
        after = retry_after_delay(asked, date=date) if asked and status == 503 else None
        return Retry(reason=RetryReason.SERVER_ERROR, after=after)
    if status < 400:
        return Pause(reason=_REDIRECTED[0], hint=_REDIRECTED[1])
    if status in _PAUSES:
        reason, hint = _PAUSES[status]
        return Pause(reason=reason, hint=hint)
    return Dead(reason=f"http_{status}")
