"""What people are told, and what is kept of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from daemon.model.matches import GroupKey
from daemon.model.rules import Level, Mode


class TraitKind(StrEnum):
    """What may be new or different about a match of an alert that goes on."""

    ACTOR = "actor"
    ADDRESS = "address"
    ACCOUNT = "account"
    REGION = "region"
    OUTCOME = "outcome"
    BREAKTHROUGH = "breakthrough"  # a call that succeeded after others were denied
    LEVEL = "level"  # the alert has risen to it

    @property
    def rings(self) -> bool:
        """Whether it is worth telling everybody at once."""
        return self in _RINGING


_RINGING = (TraitKind.LEVEL, TraitKind.BREAKTHROUGH, TraitKind.ACCOUNT, TraitKind.REGION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Something that an alert shows since its `since`th version, and did not before."""

    kind: TraitKind
    value: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The alert of the same rule and group before one that opens; `remote_ref` is what its message is called."""

    id: str
    opened_at: datetime
    last_at: datetime
    count: int
    remote_ref: str | None = None


class AlertState(StrEnum):
    """An open alert still takes matches in."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known from outside of events: the names of accounts by their ids, and where addresses lie, in words.

    `countries` and `networks` are what those words are made of, as far as it is known. It is looked up when an alert
    is told, and never stored.
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One event that an alert shows: header, matched fields and the masked record."""

    event_id: str
    time: str
    name: str
    source: str
    account: str
    region: str
    actor: str
    object_url: str
    summary: str
    fields: tuple[tuple[str, str], ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)
    principal: str = ""  # who really acted, as mutes go by it


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """What an alert keeps of its rule, so that it can be told also after the rule has changed or gone.

    `correlation` says in words what a correlation asks for; it is empty for a rule over single events.
    """

    description: str = ""
    tags: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    runbook: str | None = None
    path: str = ""
    correlation: str = ""


NOTICE_PREFIX = "notice:"  # rule_id of a notice: the prefix and its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What people are told: the matches of one rule and group, from the first until `close_after` of quiet.

    `first_at`/`last_at` are event times, `opened_at`/`grown_at` recording times. `revised` says why late events have
    contradicted a correlation's alert. `version` counts the changes that are worth showing, `traits` what came up
    since which one; `opened_level` is the level before it rose, None where it never did. `muted_by` is the mute because
    of which nobody is told of it. A notice, in which the daemon speaks of itself, is an alert whose rule_id begins with
    NOTICE_PREFIX.
    """

    id: str
    rule_id: str
    group: GroupKey
    level: Level
    title: str
    mode: Mode
    state: AlertState
    first_at: datetime
    last_at: datetime
    opened_at: datetime
    grown_at: datetime
    count: int
    is_late: bool
    samples: tuple[Sample, ...]
    facts: RuleFacts
    ruleset_digest: str
    revised: str | None = None
    version: int = 1
    traits: tuple[Trait, ...] = ()
    previous_id: str | None = None
    opened_level: Level | None = None
    muted_by: int | None = None
    known: Known = Known()

    def news(self, *, since: int) -> tuple[Trait, ...]:
        """What came up after that version."""
        return tuple(trait for trait in self.traits if trait.since > since)

    @property
    def rule_level(self) -> Level:
        """The level it was opened with."""
        return self.opened_level or self.level

    @property
    def is_notice(self) -> bool:
        """Whether the daemon speaks of itself here."""
        return self.rule_id.startswith(NOTICE_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The daemon speaks of itself: something a person must act on, or should know.

    `reason` is a bounded word (metric label), `about` which one of several it concerns: a source, a file. Of each
    reason and `about` at most one notice an hour is sent, the rest are counted.
    """

    reason: str
    title: str
    text: str
    level: Level = Level.HIGH
    about: str = ""
