"""Which place a URL means, and whose rights it is read with."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.commands.replay.inputs import Inputs, open_inputs
from daemon.config import SourceConfig
from daemon.errors import ConfigError
from daemon.ports import Source
from daemon.sources.inputs.window import Window
from tests.doubles.trail import MemoryTrail

ROLE = "arn:aws:iam::111122223333:role/reader"
POINT = "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/trail"


def opened(*urls: str, configured: tuple[SourceConfig, ...] = ()) -> tuple[Inputs, list[SourceConfig]]:
    configs: list[SourceConfig] = []

    def open_source(config: SourceConfig) -> Source:
        configs.append(config)
        return MemoryTrail()

    return open_inputs(urls, configured=configured, open_source=open_source, window=Window()), configs


def source_for(url: str, *configured: SourceConfig) -> SourceConfig:
    return opened(url, configured=configured)[1][0]


def source(url: str, **options: Any) -> SourceConfig:
    return SourceConfig.model_validate({"url": url, **options})


@pytest.mark.parametrize(
    "url", ["s3://trail-bucket/other", "s3://trail-bucket/zzz/AWSLogs/111122223333", "s3://trail-bucket"]
)
@pytest.mark.parametrize("configured", ["s3://trail-bucket", "s3://trail-bucket/prefix", "s3://trail-bucket/AWSLogs"])
def test_the_url_that_was_given_is_read_with_the_rights_of_its_bucket(url: str, configured: str) -> None:
    lends = source(
        configured,
        role_arn=ROLE,
        external_id="x",
        region="eu-west-1",
        endpoint_url="https://s3.example.com",
        max_object_bytes=2**20,
    )
    assert source_for(url, lends) == lends.model_copy(update={"url": url})


@pytest.mark.parametrize("configured", ["s3://other-bucket", "s3://trail-bucket-2", "s3://trail", "file:/trail-bucket"])
def test_another_bucket_lends_nothing(configured: str) -> None:
    assert source_for("s3://trail-bucket/x", source(configured, region="eu-west-1")) == source("s3://trail-bucket/x")


def test_of_several_sources_in_one_bucket_the_nearest_lends_its_rights() -> None:
    sources = [source(f"s3://trail-bucket/{name}", region=name) for name in ("a", "a/b", "ab")]
    assert source_for("s3://trail-bucket/a/b/c", *sources).region == "a/b"
    assert source_for("s3://trail-bucket/ab/AWSLogs/", *sources).region == "ab"
    assert source_for("s3://trail-bucket/z", *sources).region == "a"


def test_of_the_configured_trail_itself_what_the_daemon_watches_is_read() -> None:
    watched = source("s3://trail-bucket/a", accounts=["111122223333"], regions=["eu-west-1"])
    for url in ("s3://trail-bucket/a", "s3://trail-bucket/a/AWSLogs/111122223333/CloudTrail/"):
        assert (source_for(url, watched).accounts, source_for(url, watched).regions) == (
            ("111122223333",),
            ("eu-west-1",),
        )
    assert source_for("s3://trail-bucket/other", watched).accounts is None


@pytest.mark.parametrize(
    ("url", "key_prefix"),
    [
        ("s3://trail-bucket", ""),
        ("s3://trail-bucket/some/prefix/", ""),
        ("s3://trail-bucket/myAWSLogs/x", ""),
        ("s3://trail-bucket/AWSLogs", "AWSLogs"),
        ("s3://trail-bucket/p/AWSLogs/111122223333/Cl", "p/AWSLogs/111122223333/Cl"),
        (f"{POINT}/AWSLogs/111122223333/", "AWSLogs/111122223333/"),
        (POINT, ""),
    ],
)
def test_a_url_below_the_trails_root_limits_the_keys(url: str, key_prefix: str) -> None:
    (walk,) = opened(url)[0].trails
    assert (walk.url, walk.key_prefix) == (url, key_prefix)


def test_an_access_point_lends_its_rights_to_what_lies_in_it() -> None:
    assert source_for(f"{POINT}/x", source(POINT, region="eu-west-1")).region == "eu-west-1"


def test_all_that_is_no_input_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        opened("s3://", "https://example.com", "no/such/path")
    assert len(caught.value.problems) == 3
