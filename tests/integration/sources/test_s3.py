"""Against a real S3 API over HTTP: what is found, listed and read, and how each refusal is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope
from tests.doubles.aws import Bucket, answer, log_key, new_session, plant, source_over
from tests.doubles.cut_body import cutting_server

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


@pytest.mark.parametrize(
    ("code", "message", "status", "reason", "told"),
    [
        ("AccessDenied", "Access Denied", 403, EnvironmentReason.ACCESS_DENIED, "allow s3:GetObject"),
        (
            "AccessDenied",
            f"User: alice is not authorized to perform: kms:Decrypt on resource: {KEY} because no policy allows it",
            403,
            EnvironmentReason.KMS_DENIED,
            f"allow kms:Decrypt on {KEY}",
        ),
        ("KMS.DisabledException", "it is disabled", 400, EnvironmentReason.KMS_DENIED, "the key that encrypts"),
        ("ExpiredToken", "The provided token has expired.", 400, EnvironmentReason.CREDENTIALS, "renew them"),
        ("InvalidAccessKeyId", "No such id", 403, EnvironmentReason.CREDENTIALS, "refused"),
        ("RequestTimeTooSkewed", "too large", 403, EnvironmentReason.CREDENTIALS, "clock is wrong"),
        ("SlowDown", "Please reduce", 503, EnvironmentReason.THROTTLED, "too many requests"),
        ("TooManyRequests", "", 429, EnvironmentReason.THROTTLED, "too many requests"),
        ("InternalError", "We had an error", 500, EnvironmentReason.UNREACHABLE, "falters"),
        ("NoSuchBucket", "does not exist", 404, EnvironmentReason.NO_BUCKET, "no such bucket"),
        ("PermanentRedirect", "use another endpoint", 301, EnvironmentReason.UNREACHABLE, "another region"),
        ("InvalidObjectState", "archived", 403, EnvironmentReason.ACCESS_DENIED, "restore it"),
    ],
)
def test_each_refusal_is_told_by_what_a_person_must_do(
    bucket: Bucket, code: str, message: str, status: int, reason: EnvironmentReason, told: str
) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = source_over(bucket)
    obj = first_object(source)
    bucket.faults.refuse("GetObject", code, message, status=status)

    with pytest.raises(SourceUnavailable) as caught:
        source.get(obj)

    assert caught.value.reason is reason
    assert told in str(caught.value)
    assert code in str(caught.value)
    assert str(caught.value).startswith(obj.url)
    bucket.faults.clear()
    assert source.get(obj) == b"x"


def test_a_denied_listing_names_the_permission_to_list(bucket: Bucket) -> None:
    bucket.faults.refuse("ListObjectsV2", "AccessDenied")

    with pytest.raises(SourceUnavailable, match="allow s3:ListBucket") as caught:
        source_over(bucket).discover()

    assert caught.value.reason is EnvironmentReason.ACCESS_DENIED


def test_a_throttled_request_is_tried_again(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = source_over(bucket, attempts=2)
    obj = first_object(source)
    bucket.faults.refuse("GetObject", "SlowDown", status=503, times=1)

    assert source.get(obj) == b"x"


def test_a_bucket_that_is_not_there_is_told(bucket: Bucket) -> None:
    source = source_over(bucket)
    source._bucket = "no-such-bucket"

    with pytest.raises(SourceUnavailable) as caught:
        source.discover()

    assert caught.value.reason is EnvironmentReason.NO_BUCKET


def test_a_name_that_no_bucket_can_have_is_told(bucket: Bucket) -> None:
    source = source_over(bucket)
    source._bucket = "no bucket?"

    with pytest.raises(SourceUnavailable, match="can be no such bucket") as caught:
        source.discover()

    assert caught.value.reason is EnvironmentReason.NO_BUCKET


def test_an_endpoint_that_does_not_answer_is_unreachable(bucket: Bucket) -> None:
    source = source_over(bucket)
    bucket.faults.fail("ListObjectsV2", EndpointConnectionError(endpoint_url="http://nowhere"))

    with pytest.raises(SourceUnavailable) as caught:
        source.discover()

    assert caught.value.reason is EnvironmentReason.UNREACHABLE


@pytest.mark.parametrize("endpoint_url", ["not a url", "http://127.0.0.1:1"])
def test_an_endpoint_that_cannot_be_is_unreachable(bucket: Bucket, endpoint_url: str) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        source_over(bucket, endpoint_url=endpoint_url).discover()

    assert caught.value.reason is EnvironmentReason.UNREACHABLE


def test_missing_credentials_are_told(bucket: Bucket) -> None:
    source = source_over(bucket, new_session=lambda: new_session(has_credentials=False))

    with pytest.raises(SourceUnavailable, match="no usable AWS credentials") as caught:
        source.discover()

    assert caught.value.reason is EnvironmentReason.CREDENTIALS


def test_an_object_that_was_deleted_is_gone(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = source_over(bucket)
    obj = first_object(source)
    bucket.client.delete_object(Bucket=bucket.name, Key=obj.key)

    with pytest.raises(ObjectGone):
        source.get(obj)


def test_an_object_over_the_cap_is_not_read(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"), body=b"x" * 11)
    source = source_over(bucket, max_bytes=10)

    with pytest.raises(ObjectTooLarge, match="over 10 bytes"):
        source.get(first_object(source))


def test_an_object_as_large_as_the_cap_is_read(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"), body=b"x" * 10)
    source = source_over(bucket, max_bytes=10)

    assert source.get(first_object(source)) == b"x" * 10


def test_archived_objects_are_passed_over_and_counted(bucket: Bucket) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key=log_key("20260301T1005Z"), Body=b"x", StorageClass="GLACIER")
    source = source_over(bucket)

    listing = source.list_shard(only_shard(source), after=None)

    assert (list(listing.objects), listing.skipped) == ([], {"archived": 1})


def test_a_body_that_breaks_off_is_fetched_again(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    obj = first_object(source_over(bucket))
    with cutting_server(b"events" * 100_000, cuts=2) as server:
        data = source_over(bucket, endpoint_url=server.url).get(obj)

    assert data == b"events" * 100_000
    assert server.asked == 3


def test_a_body_that_always_breaks_off_is_told_and_tried_again_later(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    obj = first_object(source_over(bucket))
    told = pytest.raises(SourceUnavailable, match="broke off")
    with cutting_server(b"events", cuts=100) as server, told as caught:
        source_over(bucket, endpoint_url=server.url).get(obj)

    assert caught.value.reason is EnvironmentReason.BROKEN_BODY
    assert server.asked == 3
