"""Builds the adapters that the configuration asks for: sources, notifiers, and the plans that name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from daemon.config import Config, ConsoleConfig, DestinationConfig, SlackConfig, SourceConfig
from daemon.model import DeliveryKind, Plan
from daemon.notify.console import ConsoleNotifier
from daemon.notify.pacing import ONE_A_SECOND, Pacer
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
                audit_channel=config.audit_channel,
                has_buttons=config.has_buttons,
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
    if not isinstance(config, SlackConfig):
        return (DeliveryKind.OPEN,)
    details = (DeliveryKind.DETAILS,) if config.details != "none" else ()
    audit = (DeliveryKind.AUDIT,) if config.audit_channel else ()
    return (DeliveryKind.OPEN, *details, DeliveryKind.ANSWER, *audit)


def make_pacers(destinations: Sequence[DestinationConfig]) -> Mapping[str, Pacer]:
    """One pacer a Slack token and channel: destinations that share both share it."""
    shared: dict[tuple[str, str], Pacer] = {}
    return {
        each.name: shared.setdefault((each.token.reveal(), each.channel), Pacer(ONE_A_SECOND))
        for each in destinations
        if isinstance(each, SlackConfig)
    }
