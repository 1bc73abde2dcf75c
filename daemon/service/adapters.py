"""Builds the adapters that the configuration asks for: sources, notifiers and what paces them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from daemon.config import (
    AppriseConfig,
    Config,
    ConsoleConfig,
    DestinationConfig,
    PagerDutyConfig,
    SlackConfig,
    SlackWebhookConfig,
    SnsConfig,
    SourceConfig,
    WebhookConfig,
)
from daemon.notify.by_apprise import AppriseNotifier
from daemon.notify.console import ConsoleNotifier
from daemon.notify.pacing import FIFTY_A_MINUTE, ONE_A_SECOND, Pacer
from daemon.notify.pagerduty import PagerDutyNotifier
from daemon.notify.slack import SlackNotifier
from daemon.notify.slack_webhook import SlackWebhookNotifier
from daemon.notify.sns import SnsClient, SnsNotifier
from daemon.notify.webhook import WebhookNotifier
from daemon.ports import Clock, Notifier
from daemon.service.clock import utc_now
from daemon.sources.aws import AwsAccess, open_session, open_sns
from daemon.sources.build import build_source
from daemon.sources.folder import FolderSource
from daemon.sources.s3 import S3Source


def open_source(
    config: SourceConfig, *, clock: Clock = utc_now, on_request: Callable[[str], None] = lambda operation: None
) -> FolderSource | S3Source:
    """The adapter of one source, by the wall clock unless told otherwise. It connects when it is first asked."""
    return build_source(config, clock=clock, on_request=on_request)


def usable_destinations(config: Config) -> tuple[DestinationConfig, ...]:
    """The destinations that are enabled and have what they need."""
    lacking = set(config.without_credential)
    return tuple(each for each in config.destinations if each.enabled and each.name not in lacking)


def make_notifier(config: DestinationConfig, *, stdout: TextIO, clock: Clock = utc_now) -> Notifier:
    """The adapter of one destination."""
    match config:
        case ConsoleConfig(name=name):
            return ConsoleNotifier(name=name, stream=stdout)
        case SlackConfig(name=name):
            return SlackNotifier(
                name=name,
                token=config.token.reveal,
                channel=config.channel,
                details=config.details,
                api_url=config.api_url,
                audit_channel=config.audit_channel,
                has_buttons=config.has_buttons,
            )
        case SlackWebhookConfig(name=name):
            return SlackWebhookNotifier(name=name, url=config.url.reveal)
        case WebhookConfig(name=name):
            return WebhookNotifier(
                name=name,
                url=config.url.reveal,
                secret=config.secret.reveal if config.secret else str,
                headers={header: value.reveal for header, value in config.headers.items()},
                details=config.details,
                clock=clock,
            )
        case SnsConfig(name=name):
            topic, is_json = config.topic_arn, config.format == "json"
            return SnsNotifier(name=name, topic_arn=topic, open_client=lambda: open_topic(config), is_json=is_json)
        case PagerDutyConfig(name=name):
            return PagerDutyNotifier(name=name, routing_key=config.routing_key.reveal, api_url=config.api_url)
        case AppriseConfig(name=name):
            return AppriseNotifier(name=name, url=config.url.reveal)


def open_topic(config: SnsConfig) -> SnsClient:
    """A client in the topic's region that tries once. Raises botocore's errors."""
    region = config.topic_arn.split(":")[3]
    access = AwsAccess(
        role_arn=config.role_arn,
        external_id=config.external_id.reveal if config.external_id else None,
        region=region,
        endpoint_url=config.endpoint_url,
        attempts=1,
        pool_size=1,
    )
    client: SnsClient = open_sns(open_session(access), access, region=region)
    return client


def make_pacers(
    destinations: Sequence[DestinationConfig], *, channels: Callable[[str], Sequence[str]] = lambda destination: ()
) -> Mapping[str, Pacer]:
    """One pacer a Slack token and channel, or webhook: destinations that share one of them share it.

    `channels` gives those of a destination that routes name besides its own: its pacer is for all of them.
    """
    groups: list[tuple[set[tuple[str, str]], list[str]]] = []
    for each in destinations:
        spots, names = _spots(each, channels(each.name)), [each.name]
        for group in [group for group in groups if group[0] & spots]:
            groups.remove(group)
            spots, names = spots | group[0], names + group[1]
        if spots:
            groups.append((spots, names))
    return {name: pacer for _, names in groups for pacer in [Pacer(ONE_A_SECOND)] for name in names}


def make_update_pacers(destinations: Sequence[DestinationConfig]) -> Mapping[str, Pacer]:
    """One pacer a Slack token for changes to messages, which Slack counts by app and not by channel."""
    shared: dict[str, Pacer] = {}
    return {
        each.name: shared.setdefault(each.token.reveal(), Pacer(FIFTY_A_MINUTE))
        for each in destinations
        if isinstance(each, SlackConfig)
    }


def _spots(config: DestinationConfig, further: Sequence[str]) -> set[tuple[str, str]]:
    """What Slack counts messages by."""
    match config:
        case SlackConfig():
            return {(config.token.reveal(), channel) for channel in (config.channel, *further)}
        case SlackWebhookConfig():
            return {(config.url.reveal(), "")}
    return set()
