"""What a daily digest is made of: what happened in a period, and how sources, destinations and rules stand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from daemon.model.answers import Mute
from daemon.model.rules import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCount:
    """How many alerts of a rule opened in an account (`several`, or empty where nobody knows), and were told."""

    title: str
    level: Level
    account: str
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatches:
    """How many events matched a rule, and how many of them told nobody, for a mute or because of shadow."""

    rule_id: str
    title: str
    matches: int
    muted: int
    shadow: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVerdicts:
    """What people said of a rule's alerts."""

    title: str
    expected: int
    not_expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What was recorded in a period. `given_up` are messages that were, by destination; `notices` by title."""

    alerts: tuple[AlertCount, ...] = ()
    shadow_alerts: int = 0
    muted_alerts: int = 0
    matches: tuple[RuleMatches, ...] = ()
    verdicts: tuple[RuleVerdicts, ...] = ()
    notices: tuple[tuple[str, int], ...] = ()
    given_up: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveMute:
    """A mute that holds or waits for a second person, and the events that it has kept quiet so far."""

    mute: Mute
    matches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source stands. `silent` and `refused` name shards, `missing` accounts of which nothing ever came.

    `proved_until`: the newest and the oldest end of a chain of digests; None where none is looked for, or was found.
    """

    name: str
    shards: int
    newest_event_at: datetime | None = None
    newest_file_at: datetime | None = None
    pending: int = 0
    oldest_pending_at: datetime | None = None
    quarantined: int = 0
    silent: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    proved_until: tuple[datetime, datetime] | None = None
    unseen: int = 0  # files that digests name and nobody has seen


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationHealth:
    """What is owed to a destination, and since when."""

    name: str
    pending: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All of it. `rules` counts rules by their states; None where no rules are loaded here."""

    since: datetime
    until: datetime
    happened: Happened
    mutes: tuple[LiveMute, ...] = ()
    sources: tuple[SourceHealth, ...] = ()
    destinations: tuple[DestinationHealth, ...] = ()
    rules: Mapping[str, int] | None = None
