"""From a source's section of the configuration to the source, its scope and how it is polled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from daemon.config.models import SourceConfig
from daemon.ports import Clock, KeyMemory
from daemon.sources.aws import AwsAccess
from daemon.sources.digests.examine import Examiner
from daemon.sources.digests.keys import PublicKeys, cloudtrail_opener
from daemon.sources.folder import FolderSource
from daemon.sources.outcome import PollPolicy
from daemon.sources.queue import SqsQueue
from daemon.sources.s3 import S3Source
from daemon.trail.keys import DIGEST, Scope, cut_prefix

# Compressed, as objects lie in a bucket: CloudTrail writes 50 MB at most, and what is larger than this in a bucket
# inflates to more than any bearable max_object_bytes.
MOST_COMPRESSED = 256 * 2**20
# As it lies there. It names each log file of an hour by some 300 bytes, so this is room for a hundred thousand of them;
# eight are read at a time, before anybody knows whether CloudTrail wrote them.
MOST_OF_A_DIGEST = 8 * 2**20


def scope_of(config: SourceConfig) -> Scope:
    """Which shards the configuration wants."""
    return Scope(
        kinds=frozenset(config.kinds),
        accounts=frozenset(config.accounts or ()),
        regions=frozenset(config.regions or ()),
    )


def policy_of(config: SourceConfig, *, keep_objects: timedelta, concurrency: int = 8) -> PollPolicy:
    """How the source is polled."""
    return PollPolicy(
        start=config.start,
        poll_every=config.poll_every,
        lookback=config.lookback,
        keep_objects=keep_objects,
        concurrency=concurrency,
        sweep_every=config.sweep.every,
        horizon=config.sweep.horizon,
    )


def source_name(config: SourceConfig) -> str:
    """What the source is called in state and metrics."""
    if not config.is_remote:
        return f"file:{cut_prefix(config.url.removeprefix('file:')) or '/'}"
    bucket, prefix = split_bucket(config.url)
    return f"s3://{bucket}/{prefix}".rstrip("/")


def access_of(config: SourceConfig, *, on_request: Callable[[str], None] = lambda operation: None) -> AwsAccess:
    """How AWS is reached for a source."""
    return AwsAccess(
        role_arn=config.role_arn,
        external_id=config.external_id.reveal if config.external_id else None,
        region=config.region,
        endpoint_url=config.endpoint_url,
        pays=config.requester_pays,
        on_request=on_request,
    )


def build_source(
    config: SourceConfig, *, clock: Clock, on_request: Callable[[str], None] = lambda operation: None
) -> S3Source | FolderSource:
    """The source itself, not yet connected. `on_request` hears the operation of each AWS request, in any thread."""
    return _build(config, scope_of(config), clock=clock, on_request=on_request)


def build_digest_source(
    config: SourceConfig, *, clock: Clock, on_request: Callable[[str], None] = lambda operation: None
) -> S3Source | FolderSource:
    """The same trail, but of it the digest files, which are small: larger ones are not read at all."""
    scope = replace(scope_of(config), kinds=frozenset({DIGEST}))
    small = config.model_copy(update={"max_object_bytes": MOST_OF_A_DIGEST})
    return _build(small, scope, clock=clock, on_request=on_request)


def build_examiner(source: S3Source | FolderSource, *, memory: KeyMemory | None) -> Examiner:
    """What judges the digests of a source made by `build_digest_source`. In a folder no signature can be verified."""
    if isinstance(source, FolderSource):
        return Examiner(source, None, bucket=None)
    keys = PublicKeys(cloudtrail_opener(source.access), memory=memory)
    # Behind an access point the bucket has another name than the one that we know it by.
    return Examiner(source, keys, bucket=None if source.bucket.startswith("arn:") else source.bucket)


def build_keys(config: SourceConfig) -> PublicKeys:
    """The keys that a source's digests are verified by, asked for as the examiner asks, and not remembered."""
    return PublicKeys(cloudtrail_opener(access_of(config)), memory=None)


def _build(
    config: SourceConfig, scope: Scope, *, clock: Clock, on_request: Callable[[str], None]
) -> S3Source | FolderSource:
    max_bytes = min(config.max_object_bytes, MOST_COMPRESSED)
    if not config.is_remote:
        path = cut_prefix(config.url.removeprefix("file:")) or "/"
        return FolderSource(path=Path(path), name=f"file:{path}", scope=scope, clock=clock, max_bytes=max_bytes)
    bucket, prefix = split_bucket(config.url)
    access = access_of(config, on_request=on_request)
    return S3Source(bucket=bucket, prefix=prefix, scope=scope, clock=clock, max_bytes=max_bytes, access=access)


def build_queue(
    url: str, config: SourceConfig, *, on_request: Callable[[str], None] = lambda operation: None
) -> SqsQueue:
    """The queue of this URL, asked as the source is asked; not yet connected."""
    return SqsQueue(url, access=access_of(config, on_request=on_request))


def split_bucket(url: str) -> tuple[str, str]:
    """Bucket (or the ARN of an access point) and key prefix of an `s3://` URL, also of a pasted `…/AWSLogs/…`."""
    bucket, key = split_key(url)
    return bucket, cut_prefix(key)


def split_key(url: str) -> tuple[str, str]:
    """Bucket (or the ARN of an access point, which has a slash of its own) and key of an `s3://` URL."""
    path = url.removeprefix("s3://")
    width = 2 if path.startswith("arn:") else 1
    parts = path.split("/", width)
    return "/".join(parts[:width]), "/".join(parts[width:])
