"""How each refusal of S3 is told, and how objects are read in spite of broken bodies."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, ObjectUnreadable, SourceUnavailable
from daemon.model import LogObject, Shard
from daemon.sources.s3 import S3Source
from tests.doubles.aws import Bucket, answer, log_key, new_session, source_over
from tests.doubles.cut_body import cutting_server

ACCOUNT, ORG = "111122223333", "o-a1b2c3d4e5"
HERE = f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def only_shard(source: S3Source) -> Shard:
    (shard,) = source.discover().shards
    return shard


def first_object(source: S3Source) -> LogObject:
    return source.list_shard(only_shard(source), after=None).objects[0]


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
        (
            "AccessDenied",
            "The ciphertext refers to a customer master key that does not exist, or you are not allowed to access.",
            403,
            EnvironmentReason.KMS_DENIED,
            "allow kms:Decrypt on the key that encrypts the trail",
        ),
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


@pytest.mark.parametrize(
    ("code", "message", "status", "reason", "told"),
    [
        ("InvalidObjectState", "not valid for the object's storage class", 403, "archived", "restore it"),
        (
            "InvalidRequest",
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided",
            400,
            "customer_key",
            "a key that S3 does not keep",
        ),
    ],
)
def test_an_object_that_no_waiting_makes_readable_is_told_from_a_refusal(
    bucket: Bucket, code: str, message: str, status: int, reason: str, told: str
) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = source_over(bucket)
    obj = first_object(source)
    bucket.faults.refuse("GetObject", code, message, status=status)

    with pytest.raises(ObjectUnreadable, match=told) as caught:
        source.get(obj)

    assert caught.value.reason == reason
    assert code in str(caught.value)


def test_the_key_that_is_named_is_the_arn_alone(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = source_over(bucket)
    obj = first_object(source)
    bucket.faults.refuse("GetObject", "AccessDenied", f"kms:Decrypt ({KEY}), no.")

    with pytest.raises(SourceUnavailable, match=f"allow kms:Decrypt on {KEY} \\("):
        source.get(obj)


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


def test_an_object_that_was_deleted_is_gone_also_where_the_policy_makes_s3_say_denied(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"), log_key("20260301T1005Z") + "x")
    source = source_over(bucket)
    obj = first_object(source)
    bucket.client.delete_object(Bucket=bucket.name, Key=obj.key)
    bucket.faults.refuse("GetObject", "AccessDenied")

    for ask in (source.get, source.probe):
        with pytest.raises(ObjectGone):
            ask(obj)


def test_a_denied_object_is_not_taken_for_gone_when_listing_is_denied_too(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    source = source_over(bucket)
    obj = first_object(source)
    bucket.faults.refuse("GetObject", "AccessDenied")
    bucket.faults.refuse("ListObjectsV2", "AccessDenied")

    with pytest.raises(SourceUnavailable, match="allow s3:GetObject"):
        source.get(obj)


def test_an_empty_object_can_be_probed(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"), body=b"")
    source = source_over(bucket)
    obj = first_object(source)
    bucket.faults.by_operation["GetObject"] = lambda request: (
        answer(request.url, 416, b"<Error><Code>InvalidRange</Code></Error>") if request.headers.get("Range") else None
    )

    source.probe(obj)


def test_an_answer_that_is_none_of_s3_is_unreachable(bucket: Bucket) -> None:
    source = source_over(bucket)
    bucket.faults.by_operation["ListObjectsV2"] = lambda request: answer(request.url, 200, b"<p>Please sign in")

    with pytest.raises(SourceUnavailable) as caught:
        source.discover()

    assert caught.value.reason is EnvironmentReason.UNREACHABLE


def test_an_object_over_the_cap_is_not_read(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"), body=b"x" * 11)
    source = source_over(bucket, max_bytes=10)

    with pytest.raises(ObjectTooLarge, match="over 10 bytes"):
        source.get(first_object(source))


def test_an_object_as_large_as_the_cap_is_read(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"), body=b"x" * 10)
    source = source_over(bucket, max_bytes=10)

    assert source.get(first_object(source)) == b"x" * 10


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
