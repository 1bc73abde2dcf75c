"""What is known of an alert from outside of its events, put beside them: names of accounts, country and network.

Pure: whoever calls brings the names, and a way to look an address up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from daemon.model import Alert, Known, Sample
from daemon.trail.origin import Origin, origin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address lies, as far as that is known."""

    country: str = ""
    network: str = ""

    @property
    def words(self) -> str:
        """`Germany, AS64500 Example Net`; empty where nothing is known."""
        return ", ".join(filter(None, (self.country, self.network)))


NOWHERE = Place()


def with_known(alert: Alert, *, names: Mapping[str, str], place_of: Callable[[str], Place]) -> Alert:
    """The alert with what is known of its events."""
    accounts = {account for sample in alert.samples for account in (sample.account, account_of_actor(sample))}
    known = {account: name for account in accounts if (name := names.get(account))}
    sources = {source for sample in alert.samples if origin_of(source := source_address(sample)) is Origin.PUBLIC}
    places = {source: place for source in sources if (place := place_of(source)).words}
    told = Known(
        accounts=known,
        places={source: place.words for source, place in places.items()},
        countries={source: place.country for source, place in places.items() if place.country},
        networks={source: place.network for source, place in places.items() if place.network},
    )
    return replace(alert, known=told)


def account_of_actor(sample: Sample) -> str:
    """The account that who acted belongs to; empty when the event does not say."""
    identity = sample.record.get("userIdentity")
    account = identity.get("accountId") if isinstance(identity, Mapping) else None
    return account if isinstance(account, str) else ""


def source_address(sample: Sample) -> str:
    """What stands under sourceIPAddress, which need not be an address."""
    source = sample.record.get("sourceIPAddress")
    return source if isinstance(source, str) else ""
