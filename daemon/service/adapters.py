"""Builds the adapters that the configuration asks for: sources, notifiers and what paces them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from daemon.config import Config, ConsoleConfig, DestinationConfig, SlackConfig, SourceConfig
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
            )


def make_pacers(
    destinations: Sequence[DestinationConfig], *, channels: Callable[[str], Sequence[str]] = lambda destination: ()
) -> Mapping[str, Pacer]:
    """One pacer a Slack token and channel: destinations that share both share it.

    `channels` gives those of a destination that routes name besides its own: its pacer is for all of them.
    """
    groups: list[tuple[set[tuple[str, str]], list[str]]] = []
    for each in destinations:
        if isinstance(each, SlackConfig):
            spots, names = (
                {(each.token.reveal(), channel) for channel in (each.channel, *channels(each.name))},
                [each.name],
            )
            for group in [group for group in groups if group[0] & spots]:
                groups.remove(group)
                spots, names = spots | group[0], names + group[1]
            groups.append((spots, names))
    return {name: pacer for _, names in groups for pacer in [Pacer(ONE_A_SECOND)] for name in names}
