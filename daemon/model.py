"""The central types: frozen values that every layer speaks in. Pure, and free of any library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from daemon.condition import Condition


class Level(StrEnum):
    """Sigma's severity levels, least first."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for informational to 4 for critical."""
        return list(Level).index(self)


class Mode(StrEnum):
    """Whether a rule's alerts are sent, or only recorded, counted and shown."""

    ALERT = "alert"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One series of log files: a (bucket, prefix, organisation or none, account, kind, region).

    `path` is the listing prefix that holds exactly this series, ending with the region and no slash:
    `[prefix/]AWSLogs/[o-id/]111122223333/CloudTrail/eu-west-1`. For `file:` the bucket is the folder's URL.
    """

    bucket: str
    path: str
    org_id: str | None
    account: str
    kind: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogObject:
    """One log file as a listing gave it. `stamped_at` is the minute in its name; `unique` the rest after it."""

    bucket: str
    key: str
    account: str
    region: str
    org_id: str | None
    kind: str
    stamped_at: datetime
    unique: str
    size: int
    etag: str
    last_modified: datetime
    url: str

    @property
    def name(self) -> str:
        """The last part of the key, which is what people recognise."""
        return self.key.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acted: `label` is for people to read, `principal` (`derived.principal`) identifies who really acts.

    For roles the principal is the session issuer's ARN: a session's own name is chosen by the caller.
    """

    label: str
    principal: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One CloudTrail record. `time` is eventTime as CloudTrail wrote it, `at` the same parsed, where it parses.

    `id` is the eventID, or `sha256:` and the hash of the record's bytes. `raw` is the record's JSON text.
    """

    id: str
    time: str
    at: datetime | None
    source: str
    name: str
    account: str
    region: str
    actor: Actor
    raw: bytes
    object: LogObject


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions:
    """What stands under a rule's `trailwarden:` key, with overrides applied and defaults filled in."""

    summary: str | None = None
    group_by: tuple[str, ...] = ("recipientAccountId", "derived.principal")
    close_after: timedelta = timedelta(hours=1)
    mode: Mode = Mode.ALERT
    runbook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One Sigma rule in force. `digest` is the sha256 of its file; `conditions` are alternatives (any may hold)."""

    id: str
    title: str
    level: Level
    status: str
    tags: tuple[str, ...]
    description: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    condition: Condition
    options: RuleOptions
    path: str
    digest: str


GroupKey = tuple[tuple[str, str], ...]  # (field, value) pairs in the order of group_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule said yes to an event. `fields` are the parameters it matched on, masked, as (path, text) pairs.

    `record` is the event's JSON with secrets masked, capped in size: what an alert may store and show.
    """

    rule: Rule
    event: Event
    group: GroupKey
    fields: tuple[tuple[str, str], ...]
    summary: str
    record: Mapping[str, Any]


class ObjectState(StrEnum):
    """Where a log file stands in the ledger."""

    PENDING = "pending"
    DONE = "done"
    QUARANTINED = "quarantined"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectResult:
    """What came of one object; `reason` is set when it is quarantined. Completed as a whole or not at all."""

    row_id: int | None  # the ledger's row; None in replay, which keeps no ledger
    object: LogObject
    state: ObjectState
    matches: tuple[Match, ...] = ()
    reason: str | None = None
    events: int = 0
    rejects: int = 0


class AlertState(StrEnum):
    """An open alert still takes matches in."""

    OPEN = "open"
    CLOSED = "closed"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """What an alert keeps of its rule, so that it can be told also after the rule has changed or gone."""

    description: str = ""
    tags: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    runbook: str | None = None
    path: str = ""


NOTICE_PREFIX = "notice:"  # rule_id of a notice: the prefix and its reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What people are told: the matches of one rule and group, from the first until `close_after` of quiet.

    `first_at`/`last_at` are event times, `opened_at`/`grown_at` recording times. A notice, in which the daemon
    speaks of itself, is an alert whose rule_id begins with NOTICE_PREFIX.
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

    @property
    def is_notice(self) -> bool:
        """Whether the daemon speaks of itself here."""
        return self.rule_id.startswith(NOTICE_PREFIX)


class DeliveryKind(StrEnum):
    """What a delivery carries. `summary` stands for the opens of a flood, all told in one message."""

    OPEN = "open"
    DETAILS = "details"
    UPDATE = "update"
    REPLY = "reply"
    SUMMARY = "summary"


class DeliveryState(StrEnum):
    """`held`: an open that a flood summary will tell; it becomes sent together with it."""

    DUE = "due"
    HELD = "held"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message owed to one destination, unique by (alert, destination, kind, seq).

    `remote_ref` is what the destination called it (Slack: `<channel id>/<ts>`); `parent_ref` that of the message
    it belongs under. A summary's alert is the first it tells, its seq the flood's minute since the epoch.
    """

    id: int
    alert_id: str
    destination: str
    kind: DeliveryKind
    seq: int
    level: Level
    attempts: int
    created_at: datetime
    due_at: datetime
    state: DeliveryState
    reason: str | None = None
    remote_ref: str | None = None
    parent_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The daemon speaks of itself: something a person must act on, or should know.

    `reason` is a bounded word (metric label); at most one notice a reason and hour is sent, the rest are counted.
    """

    reason: str
    title: str
    text: str
    level: Level = Level.HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The destination took it."""

    remote_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Not now: try this delivery again, after `after` if the destination said so."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The destination as a whole cannot take messages (bad token, not in channel, away); it resumes by itself.

    `hint` tells a person what to do.
    """

    reason: str
    hint: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """This content will never be taken, also not as plain text."""

    reason: str


SendOutcome = Sent | Retry | Pause | Dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who is told of a new alert: one enabled destination as the recording transaction needs to know it."""

    destination: str
    min_level: Level
    kinds: tuple[DeliveryKind, ...]  # (OPEN,) or (OPEN, DETAILS)
    takes_notices: bool
    takes_alerts: bool = True
