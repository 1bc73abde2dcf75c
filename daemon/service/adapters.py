"""Builds the adapters that the configuration asks for: sources, notifiers, and the plans that name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from daemon.config import Config, ConsoleConfig, DestinationConfig, SlackConfig, SourceConfig
from daemon.model import TALK, DeliveryKind, Plan
from daemon.notify.console import ConsoleNotifier
from daemon.notify.pacing import FIFTY_A_MINUTE, ONE_A_SECOND, Pacer
from daemon.notify.slack import SlackNotifier
from daemon.ports import Clock, Notifier
from daemon.service.clock import utc_now
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
            repeat_interval=None if each.repeat_interval == "off" else each.repeat_interval,
        )
        for each in destinations
    )


def _kinds(config: DestinationConfig) -> tuple[DeliveryKind, ...]:
    match config:
        case SlackConfig(details="none"):
            return (DeliveryKind.OPEN, *TALK)
        case SlackConfig():
            return (DeliveryKind.OPEN, DeliveryKind.DETAILS, *TALK)
        case ConsoleConfig():  # an update is a line of its own there, and says what a reply would
            return DeliveryKind.OPEN, DeliveryKind.UPDATE, DeliveryKind.BROADCAST


def make_pacers(destinations: Sequence[DestinationConfig]) -> Mapping[str, Pacer]:
    """One pacer a Slack token and channel: destinations that share both share it."""
    shared: dict[tuple[str, str], Pacer] = {}
    return {
        each.name: shared.setdefault((each.token.reveal(), each.channel), Pacer(ONE_A_SECOND))
        for each in destinations
        if isinstance(each, SlackConfig)
    }


def make_update_pacers(destinations: Sequence[DestinationConfig]) -> Mapping[str, Pacer]:
    """One pacer a Slack token for changes to messages, which Slack counts by app and not by channel."""
    shared: dict[str, Pacer] = {}
    return {
        each.name: shared.setdefault(each.token.reveal(), Pacer(FIFTY_A_MINUTE))
        for each in destinations
        if isinstance(each, SlackConfig)
    }
