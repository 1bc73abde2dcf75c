"""Keys with every odd character beside good ones, in a bucket that is listed over HTTP."""

from __future__ import annotations

import string

from daemon.sources.s3 import S3Source
from daemon.trail.keys import SkipReason
from tests.doubles.aws import Bucket, log_key, source_over

HERE = "AWSLogs/111122223333/CloudTrail/eu-west-1"
# Not the line feed: the server that stands in for S3 refuses it.
_ODD = [
    *(set(string.printable) - set(string.ascii_letters + string.digits + "/_-.\n")),
    "é",
    "語",
    "😀",
    "\u202e",
    "%00",
]


def _listed(source: S3Source) -> tuple[list[str], dict[str, int]]:
    (shard,) = source.discover().shards
    listing = source.list_shard(shard, after=None)
    return [obj.key for obj in listing.objects], listing.skipped


def test_a_key_with_any_odd_character_is_counted_and_the_good_ones_beside_it_are_read(bucket: Bucket) -> None:
    good = log_key("20260301T1005Z")
    odd = [f"{HERE}/2026/03/01/111122223333_CloudTrail_eu-west-1_20260301T1005Z_a{letter}b.json.gz" for letter in _ODD]
    bucket.put(good, *odd, body=b"events")
    source = source_over(bucket)

    keys, skipped = _listed(source)

    assert keys == [good]
    assert skipped == {SkipReason.NOT_A_LOG: len(odd)}


def test_folders_with_odd_names_beside_accounts_and_regions_hide_none_of_them(bucket: Bucket) -> None:
    good = log_key("20260301T1005Z")
    around = [f"AWSLogs/{letter}/CloudTrail/eu-west-1/x" for letter in _ODD]
    inside = [f"AWSLogs/111122223333/CloudTrail/{letter}/x" for letter in _ODD]
    bucket.put(good, *around, *inside, body=b"events")
    source = source_over(bucket)

    keys, _ = _listed(source)

    assert keys == [good]
