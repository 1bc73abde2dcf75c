"""A bucket, CloudTrail's keys behind a socket, and the credentials that reach both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.doubles.aws import ACCESS_KEY, SECRET_KEY, Bucket, moto_server, new_bucket
from tests.doubles.digests import KeyList, key_server
from tests.doubles.proven import Proven, make_proven


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def bucket(s3_url: str) -> Bucket:
    return new_bucket(s3_url, f"trail-{uuid4().hex[:12]}")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyList]:
    """CloudTrail's list of keys, found as a VPC endpoint would be: by the environment."""
    key_list = KeyList()
    key_list.add()
    with key_server(key_list) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        yield key_list


@pytest.fixture
def place(tmp_path: Path, bucket: Bucket, keys: KeyList) -> Proven:
    return make_proven(tmp_path, bucket, keys)
