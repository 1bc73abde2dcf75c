"""A backtest of a trail in a bucket: only what was asked for is listed and read, and refusals are named."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.errors import SourceUnavailable
from daemon.sources.inputs.found import NotRead, Readable, refused
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
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")


def configured(history: History, bucket: Bucket, config: Path) -> Path:
    """A configuration whose source is the bucket's root."""
    source = f"{{url: 's3://{bucket.name}', endpoint_url: '{bucket.endpoint_url}', region: {REGION}}}"
    config.write_text(f"sources: [{source}]\nrules: {{paths: [{history.rules}]}}\nstate: {{}}\n", encoding="utf-8")
    return config


def packed(*names: str) -> bytes:
    return gzip.compress(json.dumps({"Records": [event(name) for name in names]}).encode())


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


def told(walk: TrailWalk) -> list[str]:
    return [f"{found.url}: {found.reason}" for found in walk if not isinstance(found, Readable)]


def test_foreign_keys_are_counted_and_the_first_is_named(bucket: Bucket) -> None:
    day = f"{EU}/2026/01/01"
    bucket.put(log_key("20260101T0305Z", shard=EU), f"{day}/notes.txt")
    assert told(walk(bucket)) == [f"s3://{bucket.name}/{day}/notes.txt: not_a_log"]
    bucket.put(f"{day}/more.txt")
    assert told(walk(bucket)) == [f"s3://{bucket.name}/{day}/more.txt: not_a_log, and 1 more key"]
    bucket.put(f"{day}/still-more.txt")
    assert told(walk(bucket)) == [f"s3://{bucket.name}/{day}/more.txt: not_a_log, and 2 more keys"]


def test_folders_that_hold_no_logs_are_named(bucket: Bucket) -> None:
    digests = [shard.replace("CloudTrail", "CloudTrail-Digest") for shard in (EU, EU.replace("1111", "4444"))]
    bucket.put(log_key("20260101T0305Z", shard=EU), f"{digests[0]}/2026/01/01/x.gz")
    folder = "AWSLogs/111122223333/CloudTrail-Digest/"
    assert told(walk(bucket)) == [f"s3://{bucket.name}/{folder}: other_kind"]
    bucket.put(f"{digests[1]}/2026/01/01/x.gz")
    assert told(walk(bucket)) == [f"s3://{bucket.name}/{folder}: other_kind, and 1 more folder"]


def test_files_among_the_folders_are_counted(bucket: Bucket) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU), "AWSLogs/a.txt", "AWSLogs/b.txt")
    assert told(walk(bucket)) == [f"s3://{bucket.name}/AWSLogs/: 2 files: not_a_log"]


@pytest.mark.parametrize("url", [log_key("20260101T0305Z", shard=EU), f"{EU}/2026/01/01/", f"{EU}/2026"])
def test_who_names_a_part_hears_nothing_of_the_rest(bucket: Bucket, url: str) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU), f"{EU.replace('CloudTrail', 'CloudTrail-Digest')}/2026/01/01/x.gz")
    bucket.put("AWSLogs/notes.txt", f"{EU}/2027/notes.txt", f"{EU}/2025/notes.txt")
    assert told(walk(bucket, key_prefix=url)) == []


@pytest.mark.parametrize(
    "named",
    [log_key("20260101T0306Z", shard=EU), f"{EU}/2026/01/02/", f"{EU}/2025", f"{EU}/2026/01/01/notes"],
    ids=["an object", "a day", "a year", "no log"],
)
@pytest.mark.parametrize("since", [None, datetime(2026, 1, 1, 3, 30, tzinfo=UTC)], ids=["all time", "since"])
def test_a_url_under_which_nothing_lies_is_not_read(bucket: Bucket, named: str, since: datetime | None) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU), f"{EU}/2026/01/01/notes.txt")
    found = list(walk(bucket, key_prefix=named, window=Window(since=since)))
    assert isinstance(found[-1], NotRead)
    assert "no log file" in found[-1].reason


def test_a_trail_that_is_quiet_in_the_window_is_read(bucket: Bucket) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU))
    assert list(walk(bucket, window=Window(since=datetime(2026, 2, 1, tzinfo=UTC)))) == []
    assert list(walk(bucket, window=Window(until=datetime(2025, 2, 1, tzinfo=UTC)))) == []


def test_a_named_object_costs_one_listing_of_one_key(bucket: Bucket) -> None:
    bucket.put(*(log_key("20260101T0305Z", f"u{number:04}", shard=EU) for number in range(3)))
    source = source_over(bucket)
    key = log_key("20260101T0305Z", "u0001", shard=EU)
    shard = source.discover().shards[0]
    listing = source.list_shard(shard, after=None, prefix=key)
    assert [obj.key for obj in listing.objects] == [key]


@pytest.mark.parametrize("name", ["nobucket-at-all", "nobucket-at-all/prefix"])
def test_a_refusal_names_what_was_asked_for_and_names_it_once(
    bucket: Bucket, history: History, name: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    told = history.replay(f"s3://{name}")
    (line,) = (line for line in told.err.splitlines() if line.startswith("not read: "))
    assert line.startswith(f"not read: s3://{name}/: there is no such bucket")
    assert line.count("s3://") == 1


def test_a_refused_file_is_named_once(bucket: Bucket) -> None:
    bucket.put(log_key("20260101T0305Z", shard=EU))
    source = source_over(bucket)
    bucket.faults.refuse("GetObject", "AccessDenied")
    (found,) = TrailWalk(source=source, url=source.name, key_prefix="", window=Window())
    assert isinstance(found, Readable)
    with pytest.raises(SourceUnavailable) as refusal:
        found.read()
    told = refused(found.url, refusal.value)
    assert (told.url, told.reason.startswith("access denied")) == (found.url, True)


def test_a_trail_and_a_folder_together_are_one_history(
    history: History, bucket: Bucket, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    bucket.put(log_key("20260302T0905Z"), body=packed("a", "b"))
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
    history: History, bucket: Bucket, tmp_path: Path, credentials: None
) -> None:
    bucket.put(log_key("20260302T0905Z"), body=packed("a"))
    config = configured(history, bucket, tmp_path / "config.yaml")
    told = history.replay(f"s3://{bucket.name}/{EU}/2026/", config=config, rule_paths=[])
    assert (told.code, told.events) == (0, ["a"])


def test_another_prefix_of_a_configured_bucket_is_another_trail(
    history: History, bucket: Bucket, tmp_path: Path, credentials: None
) -> None:
    bucket.put(log_key("20260302T0905Z"), body=packed("root"))
    bucket.put(log_key("20260302T0905Z", shard=f"other/{EU}"), body=packed("other"))
    config = configured(history, bucket, tmp_path / "config.yaml")

    told = history.replay(f"s3://{bucket.name}/other", config=config, rule_paths=[])
    assert (told.code, told.events) == (0, ["other"])

    told = history.replay(f"s3://{bucket.name}/zzz", config=config, rule_paths=[])
    assert (told.code, told.events) == (1, [])
    assert f"not read: s3://{bucket.name}/zzz: no trail is laid out there" in told.err
