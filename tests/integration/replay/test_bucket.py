"""A backtest of a trail in a bucket: only what was asked for is listed and read, and refusals are named."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.sources.inputs.found import NotRead, PassedOver, Readable
from daemon.sources.inputs.trail import TrailWalk
from daemon.sources.inputs.window import Window
from tests.doubles.aws import ACCESS_KEY, REGION, SECRET_KEY, Bucket, log_key, moto_server, new_bucket, source_over
from tests.integration.replay.conftest import History, event

EU, US = (f"AWSLogs/111122223333/CloudTrail/{region}" for region in ("eu-west-1", "us-east-1"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def bucket(server: str) -> Bucket:
    return new_bucket(server, f"trail-{uuid.uuid4().hex}")


def keys(walk: TrailWalk) -> list[str]:
    return [found.object.key for found in walk if isinstance(found, Readable)]


def walk(bucket: Bucket, *, key_prefix: str = "", window: Window | None = None) -> TrailWalk:
    source = source_over(bucket)
    return TrailWalk(source=source, url=source.name, key_prefix=key_prefix, window=window or Window())


def test_files_come_in_the_order_of_their_urls(bucket: Bucket) -> None:
    laid = [
        log_key("20260102T0305Z", shard=US),
        log_key("20260301T0305Z", shard=EU),
        log_key("20260101T0305Z", shard=EU),
    ]
    bucket.put(*laid)
    assert keys(walk(bucket)) == sorted(laid)


@pytest.mark.parametrize(
    ("prefix", "count"),
    [
        (EU, 3),
        (f"{EU}/", 3),
        (f"{EU}/2026/01", 2),
        (f"{EU}/2026/01/02/", 1),
        ("AWSLogs/444455556666", 0),
        ("AWSLogs", 4),
    ],
)
def test_a_pasted_prefix_limits_what_is_read(bucket: Bucket, prefix: str, count: int) -> None:
    bucket.put(*(log_key(stamp, shard=EU) for stamp in ("20260101T0305Z", "20260102T0305Z", "20260201T0305Z")))
    bucket.put(log_key("20260101T0305Z", shard=US))
    assert len(keys(walk(bucket, key_prefix=prefix))) == count


def test_a_single_file_may_be_named(bucket: Bucket) -> None:
    bucket.put(log_key("20260101T0305Z"), log_key("20260102T0305Z"))
    assert keys(walk(bucket, key_prefix=log_key("20260101T0305Z"))) == [log_key("20260101T0305Z")]


def test_the_listing_begins_where_the_window_does(bucket: Bucket) -> None:
    stamp = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
    bucket.put(log_key("20260102T0305Z"), log_key("20260105T0305Z"))
    assert len(keys(walk(bucket, window=Window(since=stamp)))) == 2
    assert len(keys(walk(bucket, window=Window(since=stamp + timedelta(hours=2))))) == 1
    assert keys(walk(bucket, window=Window(until=stamp - timedelta(days=40)))) == []


def test_a_bucket_without_a_trail_is_a_fault_that_says_what_was_looked_for(bucket: Bucket) -> None:
    bucket.put("notes.txt")
    (found,) = walk(bucket)
    assert isinstance(found, NotRead)
    assert "AWSLogs" in found.reason


def test_a_refused_listing_is_a_fault_that_names_the_shard(bucket: Bucket) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU), log_key("20260101T0305Z", shard=US))
    source = source_over(bucket)
    bucket.faults.refuse("ListObjectsV2", "AccessDenied", only="us-east-1")
    found = list(TrailWalk(source=source, url=source.name, key_prefix="", window=Window()))
    assert [type(each) for each in found] == [Readable, NotRead]
    assert found[1].url == f"s3://{bucket.name}/{US}/"


def test_a_refused_bucket_is_a_fault(bucket: Bucket) -> None:
    bucket.faults.refuse("ListObjectsV2", "AccessDenied")
    (found,) = walk(bucket)
    assert isinstance(found, NotRead)


def test_foreign_keys_are_counted(bucket: Bucket) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU), f"{EU}/2026/01/01/notes.txt")
    (passed,) = (found for found in walk(bucket) if isinstance(found, PassedOver))
    assert passed.reason.startswith("1 keys")


def test_folders_that_hold_no_logs_are_told(bucket: Bucket) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU), f"{EU.replace('CloudTrail', 'CloudTrail-Digest')}/2026/01/01/x.gz")
    (passed,) = (found for found in walk(bucket) if isinstance(found, PassedOver))
    assert passed.reason == "1 folders: other_kind"


def test_a_trail_and_a_folder_together_are_one_history(
    history: History, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    bucket.put(
        log_key("20260302T0905Z"), body=gzip.compress(json.dumps({"Records": [event("a"), event("b")]}).encode())
    )
    bucket.put(log_key("20260302T0910Z"), body=b"\x1f\x8b broken")
    history.deliver(event("b"), event("c"))

    told = history.replay(f"s3://{bucket.name}", history.folder)
    assert told.events == ["a", "b", "c"]
    assert told.code == 1
    assert f"not read: s3://{bucket.name}/{log_key('20260302T0910Z')}: " in told.err
    assert told.lines[1]["object"].startswith("file:")

    told = history.replay(f"s3://{bucket.name}/{log_key('20260302T0905Z')}")
    assert (told.code, told.events) == (0, ["a", "b"])


def test_the_configured_source_that_a_url_lies_in_lends_its_endpoint(
    history: History, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    bucket.put(log_key("20260302T0905Z"), body=gzip.compress(json.dumps({"Records": [event("a")]}).encode()))
    config = tmp_path / "config.yaml"
    source = f"{{url: 's3://{bucket.name}', endpoint_url: '{bucket.endpoint_url}', region: {REGION}}}"
    config.write_text(f"sources: [{source}]\nrules: {{paths: [{history.rules}]}}\nstate: {{}}\n", encoding="utf-8")
    told = history.replay(f"s3://{bucket.name}/{EU}/2026/", config=config, rule_paths=[])
    assert (told.code, told.events) == (0, ["a"])
