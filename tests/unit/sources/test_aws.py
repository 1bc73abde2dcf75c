"""What every client of AWS carries: how often it tries, how long it waits, and connections for all threads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config

from daemon.sources.aws import AwsAccess, open_s3, open_session, open_sts
from tests.doubles.aws import REGION, new_session

ROLE = "arn:aws:iam::444455556666:role/trail-reader"
THREADS = 16  # eight that list and eight that read, at the same time


def of_bucket(session: boto3.Session, access: AwsAccess) -> Config:
    config: Config = open_s3(session, access, bucket="trail").meta.config
    return config


def of_identity(session: boto3.Session, access: AwsAccess) -> Config:
    config: Config = open_sts(session, access).meta.config
    return config


def carried(config: Any) -> tuple[object, ...]:
    return config.retries, config.connect_timeout, config.read_timeout


@pytest.mark.parametrize("config_of", [of_bucket, of_identity])
def test_a_client_tries_four_times_in_standard_mode_and_waits_for_seconds_only(
    config_of: Callable[[boto3.Session, AwsAccess], Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")  # nothing of the machine's own set-up decides
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    access = AwsAccess(region=REGION, new_session=new_session)

    config: Any = config_of(open_session(access), access)

    assert carried(config) == ({"mode": "standard", "total_max_attempts": 4}, 5, 15)
    assert config.max_pool_connections >= THREADS


def test_the_client_that_assumes_a_role_carries_the_same() -> None:
    asked: list[Any] = []

    def grant(context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        asked.append(context["client_config"])
        expires = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        keys = {"AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expires}
        return type("Answer", (), {"status_code": 200}), {"Credentials": keys}

    def session() -> botocore.session.Session:
        core = new_session()
        hook: Any = grant
        core.register("before-call.sts.AssumeRole", hook)
        return core

    credentials = open_session(AwsAccess(region=REGION, role_arn=ROLE, new_session=session)).get_credentials()

    assert credentials
    assert credentials.get_frozen_credentials().access_key == "a"
    assert [carried(config) for config in asked] == [({"mode": "standard", "total_max_attempts": 4}, 5, 15)]


def test_what_a_source_is_given_is_what_its_client_carries() -> None:
    access = AwsAccess(
        region=REGION, attempts=2, connect_timeout_s=1, read_timeout_s=3, pool_size=40, new_session=new_session
    )

    config: Any = of_bucket(open_session(access), access)

    assert carried(config) == ({"mode": "standard", "total_max_attempts": 2}, 1, 3)
    assert config.max_pool_connections == 40
