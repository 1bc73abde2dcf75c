"""A source's section of the configuration becomes the source it describes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.config.models import SourceConfig
from daemon.sources.build import MOST_COMPRESSED, build_source, policy_of, scope_of, split_bucket
from daemon.sources.folder import FolderSource
from daemon.sources.outcome import PollPolicy
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope
from tests.doubles.trail import NOON


def config_of(url: str, **settings: Any) -> SourceConfig:
    return SourceConfig(url=url, **settings)


def built(config: SourceConfig) -> S3Source | FolderSource:
    return build_source(config, clock=lambda: NOON)


@pytest.mark.parametrize(
    ("url", "bucket", "prefix"),
    [
        ("s3://trail", "trail", ""),
        ("s3://trail/", "trail", ""),
        ("s3://trail/audit/all/", "trail", "audit/all"),
        ("s3://trail/audit/AWSLogs/111122223333/CloudTrail/eu-west-1/", "trail", "audit"),
        ("s3://trail/AWSLogs", "trail", ""),
        (
            "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/trail/audit",
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/trail",
            "audit",
        ),
    ],
)
def test_a_url_is_split_into_bucket_and_prefix(url: str, bucket: str, prefix: str) -> None:
    assert split_bucket(url) == (bucket, prefix)


def test_however_a_trail_is_pasted_it_keeps_one_name() -> None:
    pasted = built(config_of("s3://trail/audit/AWSLogs/111122223333/"))

    assert pasted.name == built(config_of("s3://trail/audit")).name == "s3://trail/audit"


def test_a_bucket_is_reached_as_configured() -> None:
    source = built(
        config_of(
            "s3://trail",
            role_arn="arn:aws:iam::111122223333:role/reader",
            external_id="x",
            region="eu-west-1",
            endpoint_url="https://example.com",
        )
    )

    assert isinstance(source, S3Source)
    assert source.access.role_arn == "arn:aws:iam::111122223333:role/reader"
    assert source.access.external_id
    assert source.access.external_id() == "x"
    assert (source.access.region, source.access.endpoint_url) == ("eu-west-1", "https://example.com")


def test_a_folder_is_cut_like_a_bucket(tmp_path: Path) -> None:
    source = built(config_of(f"file:{tmp_path}/AWSLogs/111122223333"))

    assert isinstance(source, FolderSource)
    assert source.name == f"file:{tmp_path}"


def test_scope_and_policy_are_the_configurations() -> None:
    config = config_of("s3://trail", accounts=["111122223333"], regions=["eu-west-1"], start="now", lookback="2h")

    assert scope_of(config) == Scope(accounts=frozenset({"111122223333"}), regions=frozenset({"eu-west-1"}))
    assert policy_of(config, keep_objects=timedelta(days=1)) == PollPolicy(
        start="now", lookback=timedelta(hours=2), keep_objects=timedelta(days=1)
    )
    assert scope_of(config_of("s3://trail")) == Scope()


def test_no_more_is_read_into_memory_than_could_be_genuine() -> None:
    assert MOST_COMPRESSED > 5 * 50_000_000
