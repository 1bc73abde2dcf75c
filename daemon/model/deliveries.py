"""Messages owed to destinations, and how an attempt to send one can end. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from daemon.model.quiet import QuietHours
from daemon.model.routing import Route
from daemon.model.rules import Level

REFUSED_ALONE = "refused_alone"  # why a try is said to have failed that looks as if nobody were there: others passed
OFTEN = 3  # tries, from which on a failing delivery waits behind others


class DeliveryKind(StrEnum):
    """What a delivery carries. `summary` stands for the opens of a flood, all told in one message.

    Of an alert that goes on `update` changes its message, `reply` says in its thread what is new, and `broadcast`
    does so for the whole channel to see. Of each of these an alert has one at a destination, which comes again.
    `answer` and `audit` say what somebody did about an alert, in its thread and in the audit channel; their seq is
    the answer's number. `acknowledge` and `resolve` are for destinations that keep incidents of their own.
    """

    OPEN = "open"
    DETAILS = "details"
    UPDATE = "update"
    REPLY = "reply"
    SUMMARY = "summary"
    BROADCAST = "broadcast"
    ANSWER = "answer"
    AUDIT = "audit"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


TALK = (DeliveryKind.UPDATE, DeliveryKind.REPLY, DeliveryKind.BROADCAST)


class DeliveryState(StrEnum):
    """`held`: an open that a flood summary will tell; it becomes sent together with it."""

    DUE = "due"
    HELD = "held"
    SENT = "sent"
    DEAD = "dead"


class Gathering(StrEnum):
    """Why opens are told together: too many in a minute, too many about old events, or quiet hours."""

    FLOOD = "flood"
    BACKLOG = "backlog"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An alert as it was told: its version then, and its count."""

    version: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message owed to one destination, unique by (alert, destination, kind, seq).

    `remote_ref` is what the destination called it (Slack: `<channel id>/<ts>`); `parent_ref` that of the message
    it belongs under. A summary's alert is the first it tells, its seq the flood's minute since the epoch, and
    `told_up_to` the number of the last held open that was in it when it was handed out. `edition` is the alert as it
    was then, and `since`, of what tells news, the edition that the reader knows. `channel` (None: the destination's
    own) and `mentions` are what routes said when it was made. `gathers` is why a summary is one, and why an open is
    held. `instead_of` is the destination in whose place it is told, that one being paused; `unanswered_s`: it is told
    because nobody has answered the alert for so long.
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
    told_up_to: int | None = None
    edition: Edition | None = None
    since: Edition | None = None
    channel: str | None = None
    mentions: tuple[str, ...] = ()
    gathers: Gathering | None = None
    instead_of: str | None = None
    unanswered_s: int | None = None

    @property
    def is_singled_out(self) -> bool:
        """Whether it has failed again and again while others passed: it goes behind them, and in a plainer form."""
        return self.reason == REFUSED_ALONE and self.attempts >= OFTEN


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
    """Who is told of an alert: one enabled destination as the recording transaction needs to know it.

    `kinds` are those that it can take. `repeat_interval`: how often an alert that goes on is broadcast; None for never.
    Without `routes` it is told of all alerts that are grave enough. `late_messages`: alerts about old events that are
    told one by one in an hour. `resolves_unanswered`: what is told of the end of alerts (kind `resolve`) is so also of
    those that nobody has answered.
    """

    destination: str
    min_level: Level
    kinds: tuple[DeliveryKind, ...]
    takes_notices: bool
    repeat_interval: timedelta | None = None
    routes: tuple[Route, ...] = ()
    quiet: QuietHours | None = None
    late_messages: int = 20
    resolves_unanswered: bool = False
