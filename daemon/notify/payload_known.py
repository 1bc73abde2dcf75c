"""What the JSON of an event says besides the event: names of accounts, how sure it is who acted, where an address lies.

Whatever is not known is null. Pure.
"""

from __future__ import annotations

from typing import Any

from daemon.model import Confidence, Known, Sample
from daemon.notify.known import account_of_actor, source_address
from daemon.trail.identity import resolve_actor
from daemon.trail.origin import Origin, origin_of
from daemon.trail.printable import printable

_NAME = 300
_CONFIDENCES = {
    Confidence.CERTAIN: "certain",
    Confidence.LIKELY: "likely",
    Confidence.CHOSEN: "chosen",
    Confidence.UNKNOWN: "unknown",
}
_ORIGINS = {Origin.PUBLIC: "public", Origin.PRIVATE: "private", Origin.SERVICE: "service", Origin.OTHER: "other"}


def about_event(sample: Sample, known: Known) -> dict[str, Any]:
    """The properties `account_name`, `identity` and `address` of an event."""
    return {
        "account_name": _name(known.accounts.get(sample.account)),
        "identity": _identity(sample, known) if sample.record else None,
        "address": _address(source_address(sample), known),
    }


def _identity(sample: Sample, known: Known) -> dict[str, Any]:
    actor, account = resolve_actor(sample.record), account_of_actor(sample)
    return {
        "kind": printable(actor.kind, limit=_NAME),
        "principal": printable(actor.principal, limit=_NAME * 4),
        "account": _name(account),
        "account_name": _name(known.accounts.get(account)),
        "confidence": _CONFIDENCES[actor.evidence.confidence],
        "evidence": actor.evidence.words,
    }


def _address(source: str, known: Known) -> dict[str, Any] | None:
    if not source:
        return None
    return {
        "value": printable(source, limit=_NAME),
        "kind": _ORIGINS[origin_of(source)],
        "country": _name(known.countries.get(source)),
        "network": _name(known.networks.get(source)),
    }


def _name(value: str | None) -> str | None:
    return printable(value, limit=_NAME) or None if value else None
