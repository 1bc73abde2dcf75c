"""What is known of an alert from outside of its events, put beside them: names of accounts, country and network.

Pure: whoever calls brings the names, and a way to look an address up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from daemon.model import Alert, Known, Sample
from daemon.trail.origin import Origin, origin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address lies, as far as that is known."""

    country: str = ""
    network: str = ""


NOWHERE = Place()


def with_known(alert: Alert, *, names: Mapping[str, str], place_of: Callable[[str], Place]) -> Alert:
    """The alert with what is known of each of its events."""
    samples = tuple(replace(sample, known=_known(sample, names, place_of)) for sample in alert.samples)
    return replace(alert, samples=samples)


def account_of_actor(sample: Sample) -> str:
    """The account that who acted belongs to; empty when the event does not say."""
    identity = sample.record.get("userIdentity")
    account = identity.get("accountId") if isinstance(identity, Mapping) else None
    return account if isinstance(account, str) else ""


def source_address(sample: Sample) -> str:
    """What stands under sourceIPAddress, which need not be an address."""
    source = sample.record.get("sourceIPAddress")
    return source if isinstance(source, str) else ""


def _known(sample: Sample, names: Mapping[str, str], place_of: Callable[[str], Place]) -> Known:
    source = source_address(sample)
    place = place_of(source) if origin_of(source) is Origin.PUBLIC else NOWHERE
    accounts = {account: names[account] for account in _accounts(sample) if account in names}
    return Known(accounts=accounts, country=place.country, network=place.network)


def _accounts(sample: Sample) -> Iterator[str]:
    yield sample.account
    yield account_of_actor(sample)
