"""Builds the adapters that the configuration asks for: sources, notifiers, and the plans that name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from daemon.config import Config, ConsoleConfig, DestinationConfig, SlackConfig, SourceConfig
from daemon.model import DeliveryKind, Plan
from daemon.notify.console import ConsoleNotifier
from daemon.notify.pacing import ONE_A_SECOND, Pacer
from daemon.notify.slack import SlackNotifier
from daemon.ports import Clock, Notifier
from daemon.sources.aws import AwsAccess
from daemon.sources.folder import FolderSource
from daemon.sources.outcome import PollPolicy
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope, cut_prefix


def make_scope(config: SourceConfig) -> Scope:
    """Which shards the configuration wants."""
    return Scope(
        kinds=frozenset(config.kinds),
        accounts=frozenset(config.accounts or ()),
        regions=frozenset(config.regions or ()),
    )


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def _ignore(operation: str) -> None:
    """Count nothing."""


def open_source(
    config: SourceConfig, *, clock: Clock = utc_now, on_request: Callable[[str], None] = _ignore
) -> FolderSource | S3Source:
    """The adapter of one source. It connects when it is first asked for something."""
    scope = make_scope(config)
    if not config.is_remote:
        path = Path(config.url.removeprefix("file:"))
        return FolderSource(path=path, name=config.url, scope=scope, clock=clock, max_bytes=config.max_object_bytes)
    bucket, prefix = split_bucket(config.url)
    access = AwsAccess(
        role_arn=config.role_arn,
        external_id=config.external_id,
        region=config.region,
        endpoint_url=config.endpoint_url,
        on_request=on_request,
    )
    return S3Source(
        bucket=bucket,
        prefix=cut_prefix(prefix),
        scope=scope,
        clock=clock,
        max_bytes=config.max_object_bytes,
        access=access,
    )


def split_bucket(url: str) -> tuple[str, str]:
    """`s3://bucket/prefix` as (bucket, prefix); an access point's ARN, which holds a slash, is a bucket too."""
    path = url.removeprefix("s3://")
    if path.startswith("arn:"):
        first, second, *rest = path.split("/", 2)
        return f"{first}/{second}", rest[0] if rest else ""
    bucket, _, prefix = path.partition("/")
    return bucket, prefix


def make_policy(config: SourceConfig, *, keep_objects: timedelta) -> PollPolicy:
    """How the source is polled."""
    return PollPolicy(
        start=config.start, poll_every=config.poll_every, lookback=config.lookback, keep_objects=keep_objects
    )


def usable_destinations(config: Config) -> tuple[DestinationConfig, ...]:
    """The destinations that are enabled and have what they need."""
    lacking = set(config.without_credential)
    return tuple(each for each in config.destinations if each.enabled and each.name not in lacking)


def make_notifier(config: DestinationConfig, *, stdout: TextIO) -> Notifier:
    """The adapter of one destination."""
    match config:
        case ConsoleConfig():
            return ConsoleNotifier(name=config.name, stream=stdout)
        case SlackConfig():
            return SlackNotifier(
                name=config.name,
                token=config.token.reveal,
                channel=config.channel,
                details=config.details,
                api_url=config.api_url,
            )


def make_plans(destinations: Sequence[DestinationConfig], *, notices: Sequence[str]) -> tuple[Plan, ...]:
    """What the recording transaction needs to know of each destination."""
    return tuple(
        Plan(
            destination=each.name,
            min_level=each.min_level,
            kinds=_kinds(each),
            takes_notices=each.name in notices,
        )
        for each in destinations
    )


def _kinds(config: DestinationConfig) -> tuple[DeliveryKind, ...]:
    has_thread = isinstance(config, SlackConfig) and config.details != "none"
    return (DeliveryKind.OPEN, DeliveryKind.DETAILS) if has_thread else (DeliveryKind.OPEN,)


def make_pacers(destinations: Sequence[DestinationConfig]) -> Mapping[str, Pacer]:
    """One pacer a Slack token and channel: destinations that share both share it."""
    shared: dict[tuple[str, str], Pacer] = {}
    return {
        each.name: shared.setdefault((each.token.reveal(), each.channel), Pacer(ONE_A_SECOND))
        for each in destinations
        if isinstance(each, SlackConfig)
    }
