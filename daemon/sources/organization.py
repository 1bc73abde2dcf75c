"""Which accounts are in the organisation: asked of AWS Organizations, which only its management account may, or one
that it has delegated to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daemon.sources.aws import FALLBACK_REGION, AwsAccess, client_config, open_session
from daemon.sources.faults import translated

LIST_ACCOUNTS = "organizations:ListAccounts"
_AT_REST = {"SUSPENDED", "PENDING_CLOSURE", "PENDING_ACTIVATION", "CLOSED"}


def active_accounts(access: AwsAccess) -> frozenset[str]:
    """The ids of the accounts that are active. Raises SourceUnavailable."""
    with translated(LIST_ACCOUNTS, "the organisation"):
        return frozenset(account["Id"] for account in _accounts(access) if account.get("Status") not in _AT_REST)


def account_names(access: AwsAccess) -> dict[str, str]:
    """What each account is called, by its id, closed ones too. Raises SourceUnavailable."""
    with translated(LIST_ACCOUNTS, "the organisation"):
        return {account["Id"]: account["Name"] for account in _accounts(access) if account.get("Name")}


def _accounts(access: AwsAccess) -> Iterator[Mapping[str, Any]]:
    session = open_session(access)
    region = access.region or session.region_name or FALLBACK_REGION
    client = session.client("organizations", region_name=region, config=client_config(access))
    for page in client.get_paginator("list_accounts").paginate():
        yield from page["Accounts"]
