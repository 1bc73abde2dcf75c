"""`trailwarden send-test`: one marked test alert to every destination, past the outbox, and what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from daemon.config import find_config, load_config
from daemon.model import Dead, Pause, Retry, SendOutcome, Sent
from daemon.notify.answers import RetryReason
from daemon.notify.trial import TEST_ID_PREFIX, make_test_parcel
from daemon.service.adapters import make_notifier, usable_destinations
from daemon.service.clock import utc_now


def send_test_alert(config: Path | None, *, environment: Mapping[str, str]) -> int:
    """Send it everywhere; 1 if some destination did not take it, or there is none. Raises ConfigError."""
    settings = load_config(find_config(config, environment), environment)
    now = utc_now()
    destinations = usable_destinations(settings)
    has_failures = not destinations
    for each in destinations:
        parcel = make_test_parcel(each.name, alert_id=f"{TEST_ID_PREFIX}{now:%Y%m%dT%H%M%SZ}", now=now)
        outcome = make_notifier(each, stdout=sys.stdout).send(parcel)
        has_failures |= not isinstance(outcome, Sent)
        sys.stderr.write(f"{each.name}: {_told(outcome)}\n")
    for each in settings.destinations:
        if each.lacks_credential:
            sys.stderr.write(f"{each.name}: left out, it has no {each.credential}\n")
    if not destinations:
        sys.stderr.write("nothing sent: no destination is enabled; see `destinations` in the configuration\n")
    return int(has_failures)


def _told(outcome: SendOutcome) -> str:
    match outcome:
        case Sent():
            return "sent"
        case Pause(reason=reason, hint=hint):
            return f"not sent: {reason}; {hint}"
        case Retry(reason=RetryReason.UNWRITABLE):
            return "not sent: its output cannot be written"
        case Retry(reason=reason) | Dead(reason=reason):
            return f"not sent: {reason.replace('_', ' ')}"
