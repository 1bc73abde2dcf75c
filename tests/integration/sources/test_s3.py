"""Against a real S3 API over HTTP: what is found, listed and read, and how each refusal is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from daemon.errors import ObjectUnreadable
from daemon.model import LogObject, Shard
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope
from tests.doubles.aws import Bucket, answer, log_key, plant, source_over

ACCOUNT, ORG = "111122223333", "o-a1b2c3d4e5"
HERE = f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def paths(source: S3Source) -> list[str]:
    return [shard.path for shard in source.discover().shards]


def only_shard(source: S3Source) -> Shard:
    (shard,) = source.discover().shards
    return shard


def first_object(source: S3Source) -> LogObject:
    return source.list_shard(only_shard(source), after=None).objects[0]


@pytest.mark.parametrize(
    ("prefix", "root"),
    [
        pytest.param("", "AWSLogs", id="single account"),
        pytest.param("audit/trail", "audit/trail/AWSLogs", id="prefix"),
        pytest.param("", f"AWSLogs/{ORG}", id="organisation"),
        pytest.param("", f"{ORG}/AWSLogs/{ORG}", id="Control Tower"),
        pytest.param(ORG, f"{ORG}/AWSLogs/{ORG}", id="Control Tower by its prefix"),
    ],
)
def test_a_trail_of_every_layout_is_found_listed_and_read(bucket: Bucket, prefix: str, root: str) -> None:
    shard = f"{root}/{ACCOUNT}/CloudTrail/eu-west-1"
    bucket.put(log_key("20260301T1005Z", shard=shard), body=b"events")
    source = source_over(bucket, prefix=prefix)

    found = only_shard(source)
    obj = first_object(source)

    assert found == Shard(
        bucket=bucket.name,
        path=shard,
        org_id=ORG if root.endswith(ORG) else None,
        account=ACCOUNT,
        kind="CloudTrail",
        region="eu-west-1",
    )
    assert obj.url == f"s3://{bucket.name}/{log_key('20260301T1005Z', shard=shard)}"
    assert (obj.size, obj.org_id, obj.unique) == (6, found.org_id, "Ab3dEf6hIj9lMn2p")
    assert source.get(obj) == b"events"


def test_other_kinds_accounts_regions_and_strangers_are_counted_and_not_entered(bucket: Bucket) -> None:
    bucket.put(
        log_key("20260301T1005Z"),
        log_key("20260301T1005Z", shard=f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1"),
        f"AWSLogs/{ACCOUNT}/vpcflowlogs/eu-west-1/2026/03/01/flow.log.gz",
        log_key("20260301T1005Z", shard=f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1"),
        log_key("20260301T1005Z", shard="AWSLogs/444455556666/CloudTrail/eu-west-1"),
        f"AWSLogs/{ACCOUNT}/CloudTrail/notes/readme.txt",
        "AWSLogs/",
        "AWSLogs/readme.txt",
        "AWSLogs/tmp/readme.txt",
    )
    scope = Scope(accounts=frozenset({ACCOUNT}), regions=frozenset({"eu-west-1"}))

    discovery = source_over(bucket, scope=scope).discover()

    assert [shard.path for shard in discovery.shards] == [HERE]
    assert discovery.skipped == {"other_kind": 2, "foreign_region": 1, "foreign_account": 1, "not_a_log": 3}


def test_the_kinds_asked_for_are_found(bucket: Bucket) -> None:
    insight = f"AWSLogs/{ACCOUNT}/CloudTrail-Insight/eu-west-1"
    bucket.put(log_key("20260301T1005Z"), log_key("20260301T1005Z", shard=insight))

    found = paths(source_over(bucket, scope=Scope(kinds=frozenset({"CloudTrail", "CloudTrail-Insight"}))))

    assert found == [insight, HERE]  # in the order of keys, where `-` comes before `/`


def test_a_policy_that_allows_only_the_trail_itself_to_be_listed_is_enough(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    bucket.faults.refuse("ListObjectsV2", "AccessDenied", only="prefix=o-")

    assert paths(source_over(bucket)) == [HERE]


def test_an_empty_bucket_has_no_shards(bucket: Bucket) -> None:
    assert paths(source_over(bucket)) == []


def test_a_listing_gives_the_minute_asked_for_and_what_follows_in_order(bucket: Bucket) -> None:
    keys = [log_key("20260228T2359Z"), log_key("20260301T0000Z", "b"), log_key("20260301T0000Z", "a")]
    bucket.put(*keys, log_key("20260301T0000Z", shard=f"{HERE}-2"), f"{HERE}/2026/03/01/strange.txt")
    source = source_over(bucket)
    shard = source.discover().shards[0]

    listing = source.list_shard(shard, after=datetime(2026, 3, 1, 0, 0, 59, tzinfo=UTC))

    assert [obj.key for obj in listing.objects] == [keys[2], keys[1]]
    assert listing.skipped == {"not_a_log": 1}


def test_a_listing_carries_the_servers_clock_and_not_ours(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = S3Source(
        bucket=bucket.name,
        prefix="",
        scope=Scope(),
        clock=lambda: datetime(2000, 1, 1, tzinfo=UTC),
        max_bytes=1,
        access=bucket.access(),
    )

    listing = source.list_shard(only_shard(source), after=None)

    assert abs(datetime.now(UTC) - listing.listed_at) < timedelta(minutes=1)


def test_a_server_that_does_not_tell_the_time_is_dated_by_our_clock(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = source_over(bucket)
    shard = only_shard(source)
    bucket.faults.by_operation["ListObjectsV2"] = lambda request: answer(request.url, 200, b"<ListBucketResult/>")

    listing = source.list_shard(shard, after=None)

    assert abs(datetime.now(UTC) - listing.listed_at) < timedelta(minutes=1)


def test_a_trail_inside_a_shard_is_none_of_the_shard(bucket: Bucket) -> None:
    bucket.put(f"{HERE}/{log_key('20260301T1005Z')}", log_key("20260301T1005Z"))
    source = source_over(bucket)

    listing = source.list_shard(only_shard(source), after=None)

    assert len(listing.objects) == 1
    assert listing.skipped == {"contradicts_path": 1}


def test_more_keys_than_a_page_holds_are_all_listed_whole_or_in_parts(bucket: Bucket) -> None:
    keys = [log_key("20260301T1005Z", f"u{number:04}") for number in range(2300)]
    plant(bucket.name, keys)
    source = source_over(bucket)
    shard = only_shard(source)

    whole = source.list_shard(shard, after=None)
    first = source.list_shard(shard, after=None, limit=500)
    rest = source.list_shard(shard, after=None, limit=5000, resume=first.next_key)

    assert [obj.key for obj in whole.objects] == keys
    assert whole.next_key is None
    assert len(first.objects) == 1000
    assert [obj.key for obj in [*first.objects, *rest.objects]] == keys
    assert rest.next_key is None


def test_every_request_is_heard_and_names_us(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    heard: list[str] = []
    agents: list[str] = []

    def note(request: Any) -> None:
        agents.append(bytes(request.headers["User-Agent"]).decode())

    bucket.faults.by_operation["GetObject"] = note
    source = source_over(bucket, on_request=heard.append)
    source.get(first_object(source))

    assert heard.count("GetObject") == 1
    assert heard.count("ListObjectsV2") == 5
    assert "trailwarden/0.1.0" in agents[0]


def test_archived_objects_are_listed_so_that_one_nobody_has_read_is_told_of(bucket: Bucket) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key=log_key("20260301T1005Z"), Body=b"x", StorageClass="GLACIER")
    source = source_over(bucket)

    listing = source.list_shard(only_shard(source), after=None)

    assert (len(listing.objects), listing.skipped) == (1, {})
    with pytest.raises(ObjectUnreadable, match="restore it"):
        source.get(listing.objects[0])


@pytest.mark.parametrize("prefix", ["a+b", "50% off", "a b/c&d", "prüfung", "a%2Fb"])
def test_a_prefix_with_odd_characters_is_taken_as_it_is_written(bucket: Bucket, prefix: str) -> None:
    shard = f"{prefix}/{HERE}"
    bucket.put(log_key("20260301T1005Z", shard=shard), f"{shard}/2026/03/01/o d+d%2f&<>.txt", body=b"events")
    source = source_over(bucket, prefix=prefix)

    listing = source.list_shard(only_shard(source), after=datetime(2026, 3, 1, tzinfo=UTC))

    assert [obj.key for obj in listing.objects] == [log_key("20260301T1005Z", shard=shard)]
    assert source.get(listing.objects[0]) == b"events"


def test_a_key_that_is_passed_over_is_named_in_the_log_once_a_reason(bucket: Bucket) -> None:
    bucket.put(f"{HERE}/2026/03/01/a.txt", f"{HERE}/2026/03/01/b.txt", log_key("20260301T2560Z"))
    source = source_over(bucket)

    with capture_logs() as logs:
        source.list_shard(only_shard(source), after=None)

    told = {line["reason"]: line["url"].rpartition("/")[2] for line in logs if line["event"] == "key passed over"}
    assert len(logs) == 2
    assert told["not_a_log"] == "a.txt"
    assert "2560Z" in told["bad_stamp"]


def test_a_key_that_stays_where_it_is_is_not_named_at_every_listing(bucket: Bucket) -> None:
    bucket.put(f"{HERE}/2026/03/01/b.txt", log_key("20260301T1000Z"))
    source = source_over(bucket)
    shard = only_shard(source)

    with capture_logs() as logs:
        skipped = [source.list_shard(shard, after=None).skipped for _ in range(3)]
        bucket.put(f"{HERE}/2026/03/01/a.txt")
        source.list_shard(shard, after=None)

    assert [line["url"].rpartition("/")[2] for line in logs if line["event"] == "key passed over"] == ["b.txt", "a.txt"]
    assert skipped == [{"not_a_log": 1}] * 3
