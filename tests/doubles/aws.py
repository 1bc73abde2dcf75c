"""A real S3 over HTTP (moto's server in this process), buckets laid out as trails, and faults put in on the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from moto.organizations.models import organizations_backends
from moto.server import ThreadedMotoServer

from daemon.sources.aws import AwsAccess
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope

REGION = "eu-west-1"
ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "only-for-tests"


def log_key(
    stamp: str, unique: str = "Ab3dEf6hIj9lMn2p", *, shard: str = "AWSLogs/111122223333/CloudTrail/eu-west-1"
) -> str:
    """The key of a log file stamped `20260301T1005Z` in a shard."""
    account, kind, region = shard.split("/")[-3:]
    date = f"{stamp[:4]}/{stamp[4:6]}/{stamp[6:8]}"
    return f"{shard}/{date}/{account}_{kind}_{region}_{stamp}_{unique}.json.gz"


@contextmanager
def moto_server() -> Iterator[str]:
    """A server on a free port of the loopback; gives its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@dataclass(slots=True)
class Faults:
    """What is to go wrong with requests, by operation. Answers are made before anything is sent."""

    by_operation: dict[str, Callable[[Any], AWSResponse | Exception | None]]
    requests: list[str]

    def refuse(
        self, operation: str, code: str, message: str = "No", *, status: int = 403, only: str = "", times: int = 10**6
    ) -> None:
        """Answer with this error, requests whose URL holds `only`, so many times."""
        left = iter(range(times))

        def refusal(request: Any) -> AWSResponse | None:
            if only not in request.url or next(left, None) is None:
                return None
            body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
            return answer(request.url, status, body)

        self.by_operation[operation] = refusal

    def fail(self, operation: str, fault: Exception) -> None:
        """Let the request fail on this side of the wire."""
        self.by_operation[operation] = lambda request: fault

    def clear(self) -> None:
        """Everything works again."""
        self.by_operation.clear()

    def before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        """Hook for botocore's `before-send` event."""
        operation = event_name.rpartition(".")[2]
        self.requests.append(operation)
        made = self.by_operation.get(operation, lambda request: None)(request)
        if isinstance(made, Exception):
            raise made
        return made


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


def answer(url: str, status: int, body: bytes, headers: dict[str, str] | None = None) -> AWSResponse:
    """An answer that never was on the wire."""
    return AWSResponse(
        url, status, HTTPHeaders.from_dict({"content-type": "application/xml"} | (headers or {})), _Raw(body)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket of the double, and what may go wrong with it."""

    name: str
    endpoint_url: str
    client: Any
    faults: Faults

    def put(self, *keys: str, body: bytes = b"x") -> None:
        """Put an object under each key."""
        for key in keys:
            self.client.put_object(Bucket=self.name, Key=key, Body=body)

    def access(self, **options: Any) -> AwsAccess:
        """How a source reaches it; faults are put in on the way."""
        settings: dict[str, Any] = {"endpoint_url": self.endpoint_url, "region": REGION, "attempts": 1}
        return AwsAccess(**(settings | {"new_session": lambda: new_session(self.faults)} | options))


def new_session(faults: Faults | None = None, *, has_credentials: bool = True) -> botocore.session.Session:
    """A session that looks at no file and no environment of this machine."""
    environ = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY} if has_credentials else {}
    core = botocore.session.Session()
    core.set_config_variable("config_file", "/dev/null")
    core.set_config_variable("credentials_file", "/dev/null")
    core.register_component("credential_provider", CredentialResolver([EnvProvider(environ)]))
    if faults is not None:
        hook: Any = faults.before_send
        core.register("before-send", hook)
    return core


def new_bucket(endpoint_url: str, name: str, keys: Sequence[str] = ()) -> Bucket:
    """Make a bucket with these keys in it."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    place: Any = {"LocationConstraint": REGION}
    client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    bucket = Bucket(name=name, endpoint_url=endpoint_url, client=client, faults=Faults({}, []))
    bucket.put(*keys)
    return bucket


def _stored(bucket: str) -> Any:
    """The bucket as the server holds it; possible because it runs in this process."""
    from moto.s3.models import s3_backends

    return next(account["aws"].buckets[bucket] for account in s3_backends.values() if bucket in account["aws"].buckets)


def set_last_modified(bucket: str, key: str, at: datetime) -> None:
    """Make an object look as if it had been delivered then."""
    _stored(bucket).keys[key].last_modified = at.replace(tzinfo=None)


def plant(bucket: str, keys: Sequence[str]) -> None:
    """Put many objects without a request for each."""
    from moto.s3.models import FakeKey

    stored = _stored(bucket)
    for key in keys:
        stored.keys[key] = FakeKey(key, b"x", stored.account_id, REGION, bucket_name=bucket)


def source_over(
    bucket: Bucket, *, prefix: str = "", scope: Scope | None = None, max_bytes: int = 1_000_000, **access: object
) -> S3Source:
    """A source over the whole bucket, by the wall clock."""
    return S3Source(
        bucket=bucket.name,
        prefix=prefix,
        scope=scope or Scope(),
        clock=lambda: datetime.now(UTC),
        max_bytes=max_bytes,
        access=bucket.access(**access),
    )


def forget_organizations() -> None:
    """An account is in one organisation only, and moto keeps them for the process, whichever server was told."""
    organizations_backends.clear()
