"""Objects read without most of boto3: the same bytes, signed as S3 wants it, and every trouble is boto3's to judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials

from daemon.errors import EnvironmentReason, ObjectGone, ObjectTooLarge, SourceUnavailable
from daemon.model import LogObject
from daemon.sources.aws import AwsAccess
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope
from tests.doubles.signed_s3 import SignedS3, signed_s3
from tests.doubles.state_values import log_object

ONE, TWO = log_object("AAAA"), log_object("BBBB")
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "only-for-tests"


class Wallet(CredentialProvider):
    """Gives what is in it."""

    METHOD = CANONICAL_NAME = "wallet"

    def __init__(self) -> None:
        super().__init__()
        self.held = Credentials(KEY, SECRET)

    def load(self) -> Credentials:
        return self.held


@pytest.fixture
def s3() -> Iterator[SignedS3]:
    objects = {f"/trail/{each.key}": each.unique.encode() for each in (ONE, TWO)}
    with signed_s3(objects, {KEY: SECRET, "AKIARENEWED": "new"}) as server:
        yield server


def source_over(s3: SignedS3, wallet: Wallet | None = None, *, max_bytes: int = 100, **access: Any) -> S3Source:
    def new_session() -> botocore.session.Session:
        core = botocore.session.Session()
        core.set_config_variable("config_file", "/dev/null")
        core.register_component("credential_provider", CredentialResolver([wallet or Wallet()]))
        return core

    settings: dict[str, Any] = {"endpoint_url": s3.url, "region": "eu-west-1", "attempts": 1, "read_timeout_s": 5}
    return S3Source(
        bucket="trail",
        prefix="",
        scope=Scope(),
        clock=lambda: datetime.now(UTC),
        max_bytes=max_bytes,
        access=AwsAccess(**(settings | access), new_session=new_session),
    )


def quick(s3: SignedS3) -> list[bool]:
    """Of each request that came, whether it was a quick one."""
    return ["amz-sdk-invocation-id" not in headers for headers in s3.asked]


def test_from_the_second_object_on_they_are_read_quickly_and_signed(s3: SignedS3) -> None:
    source = source_over(s3)
    assert [source.get(each) for each in (ONE, TWO, ONE)] == [b"AAAA", b"BBBB", b"AAAA"]
    assert quick(s3) == [False, True, True]


def test_a_quick_get_says_who_asks_who_pays_and_under_which_session(s3: SignedS3) -> None:
    wallet = Wallet()
    wallet.held = Credentials(KEY, SECRET, token="a-session")
    source = source_over(s3, wallet, pays=True)
    source.get(ONE)
    source.get(TWO)
    ordinary, ours = s3.asked
    for name in ("user-agent", "x-amz-request-payer", "x-amz-security-token"):
        assert ours[name] == ordinary[name], name
    assert "trailwarden/" in ours["user-agent"]


@pytest.mark.parametrize("name", ["a b", "a+b", "ü", "a%2Fb", "~'()*!", "a&b=c", "\u202e", "a//b", "."])
def test_keys_with_odd_characters_are_read(s3: SignedS3, name: str) -> None:
    odd = replace(ONE, key=f"AWSLogs/{name}.json.gz")
    s3.objects[f"/trail/{odd.key}"] = b"odd"
    source = source_over(s3)
    assert [source.get(each) for each in (ONE, odd, odd)] == [b"AAAA", b"odd", b"odd"]
    assert quick(s3) == [False, True, True]


def test_every_request_is_counted(s3: SignedS3) -> None:
    counted: list[str] = []
    source = source_over(s3, on_request=counted.append)
    for each in (ONE, TWO, ONE):
        source.get(each)
    assert counted == ["GetObject"] * 3


def test_renewed_credentials_are_used_at_once(s3: SignedS3) -> None:
    wallet = Wallet()
    source = source_over(s3, wallet)
    source.get(ONE)
    wallet.held.access_key, wallet.held.secret_key = "AKIARENEWED", "new"
    assert source.get(TWO) == b"BBBB"
    assert "Credential=AKIARENEWED/" in s3.asked[-1]["authorization"]
    assert quick(s3) == [False, True]


def gone(s3: SignedS3) -> None:
    del s3.objects[f"/trail/{TWO.key}"]


def refused(s3: SignedS3) -> None:
    s3.secrets.clear()


@pytest.mark.parametrize(("trouble", "fault"), [(gone, ObjectGone), (refused, SourceUnavailable)])
def test_a_refusal_is_what_an_ordinary_get_says_it_is(s3: SignedS3, trouble: Any, fault: type[Exception]) -> None:
    source = source_over(s3)
    source.get(ONE)
    trouble(s3)
    with pytest.raises(fault):
        source.get(TWO)
    assert quick(s3)[:3] == [False, True, False]


@pytest.mark.parametrize(
    "answer", [(503, b"<Error><Code>SlowDown</Code></Error>", 36), (200, b"BB", 4)], ids=["slow down", "cut off"]
)
def test_a_trouble_that_passes_is_not_seen_and_the_next_ones_are_quick_again(
    s3: SignedS3, answer: tuple[int, bytes, int]
) -> None:
    source = source_over(s3)
    source.get(ONE)
    s3.answers.append(answer)
    assert [source.get(each) for each in (TWO, ONE, TWO)] == [b"BBBB", b"AAAA", b"BBBB"]
    assert quick(s3) == [False, True, False, True, True]


def test_while_s3_refuses_nothing_is_asked_for_quickly(s3: SignedS3) -> None:
    source = source_over(s3)
    source.get(ONE)
    s3.answers += [(503, b"", 0)] * 5
    for _ in range(4):
        with pytest.raises(SourceUnavailable) as fault:
            source.get(TWO)
        assert fault.value.reason is EnvironmentReason.UNREACHABLE
    assert quick(s3) == [False, True, False, False, False, False]


def test_what_is_too_large_is_not_read_quickly_either(s3: SignedS3) -> None:
    source = source_over(s3)
    source.get(ONE)
    s3.objects[f"/trail/{TWO.key}"] = b"x" * 101
    with pytest.raises(ObjectTooLarge):
        source.get(TWO)


def test_an_empty_object_is_read(s3: SignedS3) -> None:
    empty: LogObject = replace(TWO, size=0)
    s3.objects[f"/trail/{TWO.key}"] = b""
    source = source_over(s3)
    source.get(ONE)
    assert source.get(empty) == b""
    assert quick(s3) == [False, True]
