"""An object's key and URL as CloudTrail lays them out, so that a million rows need not spell them. Pure."""

from __future__ import annotations

from datetime import datetime

from daemon.model import LogObject, Shard

_SUFFIX = ".json.gz"


def full_key(shard: Shard, *, stamped_at: datetime, unique: str) -> str:
    """The key that CloudTrail gives an object of this shard."""
    at = stamped_at  # not strftime: this runs once an object, and that is ten times slower
    stamp = f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}Z"
    folder = f"{shard.path}/{at.year:04}/{at.month:02}/{at.day:02}"
    suffix = "" if unique.endswith(_SUFFIX) else _SUFFIX
    return f"{folder}/{shard.account}_{shard.kind}_{shard.region}_{stamp}_{unique}{suffix}"


def object_url(bucket: str, key: str) -> str:
    """`s3://bucket/key`, or the key under the folder's URL."""
    return f"{bucket}/{key}" if bucket.startswith("file:") else f"s3://{bucket}/{key}"


def odd_key(shard: Shard, obj: LogObject) -> str | None:
    """The key when it is not the one `full_key` gives, else None."""
    return None if obj.key == full_key(shard, stamped_at=obj.stamped_at, unique=obj.unique) else obj.key


def odd_url(obj: LogObject) -> str | None:
    """The URL when it is not the one `object_url` gives, else None."""
    return None if obj.url == object_url(obj.bucket, obj.key) else obj.url
