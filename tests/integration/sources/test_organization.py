"""The accounts of an organisation, asked over HTTP of a server that speaks Organizations."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.sources.aws import AwsAccess
from daemon.sources.organization import account_names, active_accounts
from tests.doubles.aws import (
    ACCESS_KEY,
    REGION,
    SECRET_KEY,
    Faults,
    answer,
    forget_organizations,
    moto_server,
    new_session,
)


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with moto_server() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", url)
        yield url


def access(faults: Faults | None = None) -> AwsAccess:
    return AwsAccess(region=REGION, attempts=1, new_session=lambda: new_session(faults))


def test_active_accounts_are_named_and_closed_ones_are_not(url: str) -> None:
    client = boto3.client(
        "organizations",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    forget_organizations()
    own = client.create_organization(FeatureSet="ALL")["Organization"]["MasterAccountId"]
    made = [
        client.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
        for name in ("alice", "bob")
    ]
    client.close_account(AccountId=made[1])

    assert active_accounts(access()) == {own, made[0]}


def test_a_refusal_names_the_permission(url: str) -> None:
    faults = Faults({}, [])
    faults.fail("ListAccounts", OSError("no way there"))
    with pytest.raises(SourceUnavailable) as away:
        active_accounts(access(faults))
    assert away.value.reason is EnvironmentReason.UNREACHABLE

    body = b'{"__type": "AccessDeniedException", "Message": "not the management account"}'
    faults.by_operation["ListAccounts"] = lambda request: answer(request.url, 400, body)
    with pytest.raises(SourceUnavailable, match="allow organizations:ListAccounts") as refused:
        active_accounts(access(faults))
    assert refused.value.reason is EnvironmentReason.ACCESS_DENIED


def test_accounts_are_told_with_their_names_closed_ones_too(url: str) -> None:
    client = boto3.client(
        "organizations",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    forget_organizations()
    client.create_organization(FeatureSet="ALL")
    made = {
        client.create_account(Email=f"{n}@example.com", AccountName=f"team {n}")["CreateAccountStatus"]["AccountId"]: (
            f"team {n}"
        )
        for n in range(30)  # more than a page
    }
    client.close_account(AccountId=next(iter(made)))

    told = account_names(access())

    assert made.items() <= told.items()
