"""The bucket and the keys of the tests of proving."""

from tests.integration.service.proving.conftest import bucket, keys, place, s3_url

__all__ = ["bucket", "keys", "place", "s3_url"]
