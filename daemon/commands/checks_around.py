"""Parts of `trailwarden check` about what stands beside events: names of accounts, places of addresses."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.commands.checks import Found
from daemon.config import Draft
from daemon.errors import SourceUnavailable
from daemon.notify.geoip import Networks
from daemon.service.account_names import organization_names

_OF_ORGANIZATION = ("names", "role_arn", "external_id", "region")


def networks(draft: Draft) -> Iterator[Found]:
    """The databases of addresses, as far as they are configured."""
    named = {key: path for key in ("country", "asn") if (path := getattr(draft.config.geoip, key))}
    for key, path in named.items():
        opened = Networks(**{key: path})
        faults = opened.faults()
        opened.close()
        yield from (Found(text=f"geoip: {fault}", is_fault=True) for fault in faults)
        if not faults:
            yield Found(text=f"geoip: {path} is a database of addresses")


def names(draft: Draft) -> Iterator[Found]:
    """The names of accounts, where AWS Organizations is to be asked for them."""
    config = draft.config.organization
    if not config.names or not all(draft.is_sure_of("organization", key) for key in _OF_ORGANIZATION):
        return
    try:
        told = organization_names(config)
    except SourceUnavailable as fault:
        fix = "name a role of the management account under organization.role_arn, or write the names under accounts"
        yield Found(text=f"organization: {fault}; {fix}", is_fault=True)
        return
    yield Found(text=f"organization: names of {len(told)} accounts")
