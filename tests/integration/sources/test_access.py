"""Who asks: assumed roles whose credentials refresh, regions found out, and what `check` says about it all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import botocore.session
import pytest
from botocore.credentials import CredentialProvider, CredentialResolver
from botocore.exceptions import PartialCredentialsError

from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.sources.aws import open_s3, open_session
from daemon.sources.diagnose import diagnose
from daemon.sources.folder import FolderSource
from daemon.sources.identity import who_asks
from daemon.trail.keys import Scope
from tests.doubles.aws import ACCESS_KEY, REGION, Bucket, answer, log_key, new_session, source_over

OTHER = "AWSLogs/444455556666/CloudTrail/us-east-1"
ROLE = "arn:aws:iam::444455556666:role/trail-reader"
ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
    <Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>{expires}</Expiration></Credentials>
    </AssumeRoleResult></AssumeRoleResponse>"""


@pytest.fixture(autouse=True)
def _sts(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let STS be the double too, as AWS_ENDPOINT_URL would."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", s3_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_url)


def told(bucket: Bucket, **options: Any) -> str:
    return "\n".join(f"{finding.is_fault}: {finding}" for finding in diagnose(source_over(bucket, **options)))


def test_a_bucket_is_read_in_the_configured_role_with_its_external_id(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    asked: list[str] = []
    signed: list[str] = []
    bucket.faults.by_operation["AssumeRole"] = lambda request: asked.append(str(request.body))
    bucket.faults.by_operation["ListObjectsV2"] = lambda request: signed.append(str(request.headers["Authorization"]))
    source = source_over(bucket, role_arn=ROLE, external_id=lambda: "shared-secret")

    assert len(source.discover().shards) == 1
    (sent,) = asked
    assert "ExternalId=shared-secret" in sent
    assert quote_plus(ROLE) in sent
    assert not any(ACCESS_KEY in signature for signature in signed)


def test_an_assumed_roles_credentials_are_fetched_again_before_they_expire(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))

    def nearly_expired(request: Any) -> Any:
        expires = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return answer(request.url, 200, ASSUMED.format(expires=expires).encode())

    bucket.faults.by_operation["AssumeRole"] = nearly_expired
    source = source_over(bucket, role_arn=ROLE)
    source.discover()
    fetched = bucket.faults.requests.count("AssumeRole")
    source.discover()

    assert bucket.faults.requests.count("AssumeRole") > fetched


def test_an_external_id_that_changes_is_sent_from_the_next_time_on(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    external_id = "old-id"

    def nearly_expired(request: Any) -> Any:
        sent.append(str(request.body))
        expires = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return answer(request.url, 200, ASSUMED.format(expires=expires).encode())

    sent: list[str] = []
    bucket.faults.by_operation["AssumeRole"] = nearly_expired
    source = source_over(bucket, role_arn=ROLE, external_id=lambda: external_id)
    source.discover()
    assert "ExternalId=old-id" in sent[-1]

    external_id = "new-id"
    source.discover()
    assert "ExternalId=new-id" in sent[-1]


def test_a_role_that_may_not_be_assumed_is_a_fault_of_the_credentials(bucket: Bucket) -> None:
    bucket.faults.refuse("AssumeRole", "AccessDenied", "not authorized to perform: sts:AssumeRole")

    with pytest.raises(SourceUnavailable, match="trust policy") as caught:
        source_over(bucket, role_arn=ROLE).discover()

    assert caught.value.reason is EnvironmentReason.CREDENTIALS


def test_a_role_without_credentials_to_assume_it_is_a_fault_of_the_credentials(bucket: Bucket) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        source_over(bucket, role_arn=ROLE, new_session=lambda: new_session(has_credentials=False)).discover()

    assert caught.value.reason is EnvironmentReason.CREDENTIALS


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId"])
def test_renewed_credentials_are_taken_up_without_a_restart(bucket: Bucket, code: str) -> None:
    bucket.put(log_key("20260301T1005Z"))
    opened: list[botocore.session.Session] = []

    def session() -> botocore.session.Session:
        opened.append(new_session(bucket.faults))
        return opened[-1]

    source = source_over(bucket, new_session=session)
    bucket.faults.refuse("ListObjectsV2", code)
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            source.discover()
    bucket.faults.clear()

    assert len(source.discover().shards) == 1
    assert len(opened) == 3
    source.discover()
    assert len(opened) == 3


def test_credentials_that_come_later_are_found_without_a_restart(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    has_credentials = False
    source = source_over(bucket, new_session=lambda: new_session(has_credentials=has_credentials))
    with pytest.raises(SourceUnavailable):
        source.discover()

    has_credentials = True

    assert len(source.discover().shards) == 1


def test_the_buckets_region_is_found_out(bucket: Bucket) -> None:
    access = bucket.access(region=None, endpoint_url=None)

    client = open_s3(open_session(access), access, bucket=bucket.name)

    assert client.meta.region_name == REGION


def test_the_buckets_region_is_found_out_also_when_the_answer_is_no(bucket: Bucket) -> None:
    bucket.faults.by_operation["HeadBucket"] = lambda request: answer(
        request.url, 403, b"", {"x-amz-bucket-region": "ap-southeast-2"}
    )
    access = bucket.access(region=None, endpoint_url=None)

    client = open_s3(open_session(access), access, bucket=bucket.name)

    assert client.meta.region_name == "ap-southeast-2"


@pytest.mark.parametrize(
    ("bucket_name", "role_arn", "region"),
    [
        ("arn:aws:s3:ap-south-1:111122223333:accesspoint/trail", None, "ap-south-1"),
        ("arn:aws-cn:s3:cn-northwest-1:111122223333:accesspoint/trail", None, "cn-northwest-1"),
        ("example-trail", "arn:aws-us-gov:iam::444455556666:role/trail-reader", "us-gov-west-1"),
        ("example-trail", "arn:aws-cn:iam::444455556666:role/trail-reader", "cn-north-1"),
        ("example-trail", None, "us-east-1"),
    ],
)
def test_where_no_region_is_told_the_arns_tell_where_to_ask(
    bucket: Bucket, bucket_name: str, role_arn: str | None, region: str
) -> None:
    access = bucket.access(region=None, role_arn=role_arn)

    client = open_s3(open_session(access), access, bucket=bucket_name)

    assert client.meta.region_name == region


def test_the_partition_of_a_role_is_where_it_is_assumed(
    bucket: Bucket, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_STS")
    asked: list[str] = []

    def assumed(request: Any) -> Any:
        asked.append(request.url)
        return answer(request.url, 200, ASSUMED.format(expires=datetime.now(UTC) + timedelta(hours=1)).encode())

    bucket.faults.by_operation["AssumeRole"] = assumed
    source = source_over(bucket, region=None, role_arn="arn:aws-cn:iam::444455556666:role/trail-reader")
    bucket.put(log_key("20260301T1005Z"))

    assert len(source.discover().shards) == 1
    assert asked == ["https://sts.cn-north-1.amazonaws.com.cn/"]


def test_a_bucket_whose_requesters_pay_is_told_that_we_do(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    told: list[bytes | None] = []

    def note(request: Any) -> None:
        told.append(request.headers.get("x-amz-request-payer"))

    for operation in ("ListObjectsV2", "GetObject"):
        bucket.faults.by_operation[operation] = note
    for pays in (True, False):
        source = source_over(bucket, pays=pays)
        (shard,) = source.discover().shards
        source.get(source.list_shard(shard, after=None).objects[0])

    half = len(told) // 2
    assert (set(told[:half]), set(told[half:])) == ({b"requester"}, {None})


def test_a_region_nobody_tells_is_the_one_asked_in(bucket: Bucket) -> None:
    bucket.faults.by_operation["HeadBucket"] = lambda request: answer(request.url, 403, b"")
    access = bucket.access(region=None, endpoint_url=None)

    client = open_s3(open_session(access), access, bucket=bucket.name)

    assert client.meta.region_name == "us-east-1"


def test_check_names_provider_identity_shards_and_an_object_that_can_be_read(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))

    said = told(bucket)

    assert "True:" not in said
    assert "credentials come from env; AWS knows them as arn:aws:" in said
    assert "1 shard, of 1 account and 1 region" in said
    assert f"s3://{bucket.name}/{log_key('20260301T1005Z')} can be read" in said


def test_check_names_the_providers_that_were_tried(bucket: Bucket) -> None:
    said = told(bucket, new_session=lambda: new_session(has_credentials=False))

    assert said.startswith("True:")
    assert "no AWS credentials were found; tried env;" in said


def test_check_names_credentials_that_cannot_be_used(bucket: Bucket) -> None:
    class Half(CredentialProvider):
        METHOD = "half"

        def load(self) -> None:
            raise PartialCredentialsError(provider="half", cred_var="AWS_SECRET_ACCESS_KEY")

    def session() -> botocore.session.Session:
        core = new_session()
        core.register_component("credential_provider", CredentialResolver([Half()]))
        return core

    said = told(bucket, new_session=session)

    assert said.startswith("True:")
    assert "AWS_SECRET_ACCESS_KEY" in said


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        pytest.param("AWS_PROFILE", "no-such-profile", "no-such-profile", id="a profile that is not there"),
        pytest.param("AWS_ENDPOINT_URL_STS", "not a url", "Invalid endpoint", id="an endpoint that cannot be"),
    ],
)
def test_check_survives_settings_of_aws_that_cannot_be(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-for-tests")
    monkeypatch.setenv(variable, value)

    sentence, _ = who_asks(bucket.access(new_session=botocore.session.Session))

    assert told in sentence


def test_check_tells_of_an_account_that_is_denied_and_reads_from_another(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"), log_key("20260301T1005Z", shard=OTHER))
    bucket.faults.refuse("ListObjectsV2", "AccessDenied", only="444455556666")

    said = told(bucket)

    assert "True: " in said
    assert "AWSLogs/444455556666/: access denied: allow s3:ListBucket" in said
    assert "can be read" in said


def test_check_goes_on_when_nobody_can_say_who_asks(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))
    bucket.faults.refuse("GetCallerIdentity", "AccessDenied")

    said = told(bucket)

    assert "whose they are could not be asked" in said
    assert "can be read" in said
    assert "True:" not in said


@pytest.mark.parametrize(
    ("operation", "message", "permission"),
    [
        ("ListObjectsV2", "no", "allow s3:ListBucket"),
        ("GetObject", "no", "allow s3:GetObject"),
        ("GetObject", "kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/k", "arn:aws:kms:eu-west-1"),
    ],
)
def test_check_names_the_permission_that_is_missing(
    bucket: Bucket, operation: str, message: str, permission: str
) -> None:
    bucket.put(log_key("20260301T1005Z"))
    bucket.faults.refuse(operation, "AccessDenied", message)

    assert permission in told(bucket).split("True: ")[1]


def test_check_suggests_the_prefixes_that_look_like_a_trail(bucket: Bucket) -> None:
    bucket.put(
        log_key("20260301T1005Z", shard="audit/all/AWSLogs/111122223333/CloudTrail/eu-west-1"),
        "other/thing.txt",
        log_key("20260301T1005Z", shard="backup/AWSLogs/111122223333/CloudTrail/eu-west-1"),
    )

    said = told(bucket, prefix="audit")

    assert f"did you mean s3://{bucket.name}/backup or s3://{bucket.name}/audit/all?" in said


def test_check_says_that_there_is_no_trail_also_where_nothing_else_may_be_looked_at(bucket: Bucket) -> None:
    denied = b"<Error><Code>AccessDenied</Code></Error>"
    bucket.faults.by_operation["ListObjectsV2"] = lambda request: (
        None if "AWSLogs" in request.url else answer(request.url, 403, denied)
    )

    assert "no trail is laid out here" in told(bucket)


def test_the_search_for_a_trail_is_bounded(bucket: Bucket) -> None:
    bucket.put(*(f"{number:03}/x/y" for number in range(60)))

    said = told(bucket)

    assert "True:" in said
    assert "no trail is laid out here" in said
    assert bucket.faults.requests.count("ListObjectsV2") < 50


def test_check_says_when_the_configuration_keeps_everything_out(bucket: Bucket) -> None:
    bucket.put(log_key("20260301T1005Z"))

    assert "kept out by accounts; widen" in told(bucket, scope=Scope(accounts=frozenset({"444455556666"})))


def test_check_does_not_mind_a_trail_that_has_only_just_begun(bucket: Bucket) -> None:
    bucket.put("AWSLogs/111122223333/CloudTrail/eu-west-1/")

    said = told(bucket)

    assert "no log file yet" in said
    assert "True:" not in said


def test_check_looks_at_a_folder_too(tmp_path: Path) -> None:
    source = FolderSource(
        path=tmp_path, name=f"file:{tmp_path}", scope=Scope(), clock=lambda: datetime.now(UTC), max_bytes=10
    )
    path = tmp_path / "below" / log_key("20260301T1005Z")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")

    (finding,) = diagnose(source)

    assert finding.is_fault
    assert finding.fix == f"did you mean file:{tmp_path}/below?"
