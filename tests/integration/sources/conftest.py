"""One S3 double for all tests here, and a bucket of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.doubles.aws import Bucket, moto_server, new_bucket


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def bucket(s3_url: str) -> Bucket:
    return new_bucket(s3_url, f"trail-{uuid4().hex[:12]}")
