"""Opens the S3 client that a source uses: who we are, which region, how often and how long it tries.

No credential is ever copied: an assumed role's are fetched again before they expire, from whatever boto3 finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import botocore
import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
)
from botocore.exceptions import ClientError, NoCredentialsError

from daemon import __version__

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sts import STSClient

FALLBACK_REGION = "us-east-1"  # where a bucket's own region can be asked for, in the ordinary partition
_OF_PARTITION = {"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}  # the same in the others
_PAID = ("ListObjectsV2", "GetObject")
# Given, it is not put together anew for each request, which takes a tenth of a small one's time.
_AGENT = f"Boto3/{boto3.__version__} Botocore/{botocore.__version__}"
ASSUME_ROLE = "assume-role from the configuration"


def _ignore(operation: str) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccess:
    """How to reach a bucket. `attempts` counts the first try; `on_request` hears each HTTP request's operation.

    `external_id` is asked each time the role is assumed; one that is empty then is not sent. With `pays` we are
    charged for requests and transfer, which a bucket of others may demand (requester pays).
    """

    role_arn: str | None = None
    external_id: Callable[[], str] | None = None
    region: str | None = None
    endpoint_url: str | None = None
    pays: bool = False
    attempts: int = 4
    connect_timeout_s: float = 5
    read_timeout_s: float = 15
    pool_size: int = 24
    on_request: Callable[[str], None] = _ignore
    new_session: Callable[[], botocore.session.Session] = botocore.session.get_session


class _ConfiguredRole(CredentialProvider):
    """The only provider of a session that acts in the configured role."""

    METHOD = ASSUME_ROLE
    CANONICAL_NAME = None

    def __init__(self, fetch: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._fetch = fetch

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._fetch, ASSUME_ROLE)


def open_session(access: AwsAccess) -> boto3.Session:
    """A session of our own that signs as the configured role, or as whoever boto3 finds. Raises botocore's errors."""
    core = access.new_session()
    core.user_agent_extra = f"trailwarden/{__version__}"
    core.register("before-send", _counter(access.on_request))
    for operation in _PAID if access.pays else ():
        core.register(f"before-parameter-build.s3.{operation}", _pay)
    if access.role_arn:
        provider = _ConfiguredRole(_assuming(core, access, role_arn=access.role_arn))
        core.register_component("credential_provider", CredentialResolver([provider]))
    return boto3.Session(botocore_session=core)


def frozen_credentials(session: boto3.Session) -> ReadOnlyCredentials:
    """What to sign with at this moment, fetched anew if it expires soon. Raises botocore's errors."""
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return credentials.get_frozen_credentials()


def _counter(on_request: Callable[[str], None]) -> Callable[..., None]:
    def count(event_name: str, **_: Any) -> None:
        on_request(event_name.rpartition(".")[2])

    return count


def _pay(**given: Any) -> None:
    given["params"]["RequestPayer"] = "requester"


def _assuming(core: botocore.session.Session, access: AwsAccess, *, role_arn: str) -> Callable[[], dict[str, Any]]:
    # Asked of the resolver: the session would keep its answer, and then never look at the role's provider.
    own = core.get_component("credential_provider").load_credentials()
    if own is None:
        raise NoCredentialsError
    region = _own_region(core, access)

    def new_client(service: str, **given: Any) -> Any:
        return core.create_client(service, region_name=region, config=client_config(access), **given)

    def assume() -> dict[str, Any]:
        extra = {"RoleSessionName": "trailwarden"}
        if access.external_id and (external_id := access.external_id()):
            extra["ExternalId"] = external_id
        # A new one each time, since it keeps what it once was given.
        return AssumeRoleCredentialFetcher(new_client, own, role_arn, extra_args=extra).fetch_credentials()

    return assume


def _own_region(core: botocore.session.Session, access: AwsAccess) -> str:
    return access.region or core.get_config_variable("region") or _first_region(access.role_arn)


def _first_region(*arns: str | None) -> str:
    """Where to ask first when nobody says: no endpoint of one partition knows of another."""
    partitions = (arn.split(":")[1] for arn in arns if arn and arn.startswith("arn:"))
    return next((_OF_PARTITION[name] for name in partitions if name in _OF_PARTITION), FALLBACK_REGION)


def client_config(access: AwsAccess) -> Config:
    """How often and how long any client of ours tries."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": access.attempts},
        connect_timeout=access.connect_timeout_s,
        read_timeout=access.read_timeout_s,
        max_pool_connections=access.pool_size,
        user_agent=_AGENT,
    )


def open_s3(session: boto3.Session, access: AwsAccess, *, bucket: str) -> S3Client:
    """An S3 client in the bucket's own region, which the ARN of an access point names. Raises botocore's errors."""
    told = access.region or (bucket.split(":")[3] if bucket.startswith("arn:") else None)
    asked = told or session.region_name or _first_region(access.role_arn)
    if told or access.endpoint_url:
        return _s3_in(session, access, region=asked)
    client = _s3_in(session, access, region=asked)
    region = bucket_region(client, bucket)
    return client if region in (None, asked) else _s3_in(session, access, region=region or asked)


def _s3_in(session: boto3.Session, access: AwsAccess, *, region: str) -> S3Client:
    config = client_config(access)
    return session.client("s3", region_name=region, endpoint_url=access.endpoint_url, config=config)


def open_sts(session: boto3.Session, access: AwsAccess) -> STSClient:
    """A client that can ask who we are."""
    region = access.region or session.region_name or _first_region(access.role_arn)
    return session.client("sts", region_name=region, config=client_config(access))


def open_cloudtrail(session: boto3.Session, access: AwsAccess, *, region: str) -> Any:
    """A client of CloudTrail in that region. Its endpoint is boto3's own (`AWS_ENDPOINT_URL_CLOUDTRAIL`)."""
    return session.client("cloudtrail", region_name=region, config=client_config(access))


def open_sns(session: boto3.Session, access: AwsAccess, *, region: str) -> Any:
    """A client of SNS in that region, to tell of alerts; here, since it is opened as all others are."""
    return session.client("sns", region_name=region, endpoint_url=access.endpoint_url, config=client_config(access))


def bucket_region(client: S3Client, bucket: str) -> str | None:
    """Where a bucket lies; S3 says so also in refusals. None when it does not say. Raises botocore's errors."""
    try:
        answer: Mapping[str, Any] = client.head_bucket(Bucket=bucket)
    except ClientError as refusal:
        answer = refusal.response
    region = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
    return str(region) if region else None
