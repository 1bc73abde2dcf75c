"""What people say to an alert: seen, expected or not, and no more of this for a while. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from daemon.model.rules import Level

SHORTEST_MUTE = timedelta(hours=1)
LONGEST_MUTE = timedelta(days=30)
CONFIRM_WITHIN = timedelta(days=1)  # then a mute for everybody that nobody has confirmed is forgotten
REASON_CHARS = 300


class AnswerKind(StrEnum):
    """What somebody did, by a button or by a command."""

    ACKNOWLEDGE = "acknowledge"
    EXPECTED = "expected"
    NOT_EXPECTED = "not_expected"
    MUTE = "mute"
    CONFIRM_MUTE = "confirm_mute"
    UNMUTE = "unmute"


VERDICTS = (AnswerKind.EXPECTED, AnswerKind.NOT_EXPECTED)
MUTING = (AnswerKind.MUTE, AnswerKind.CONFIRM_MUTE, AnswerKind.UNMUTE)


class AnswerOutcome(StrEnum):
    """What came of it; `again`: it was so already, and nothing has changed.

    `unknown`: no such alert or mute is kept. `unfit`: this alert cannot be answered so. `over`: that mute has ended.
    """

    DONE = "done"
    AGAIN = "again"
    UNKNOWN = "unknown"
    UNFIT = "unfit"
    OVER = "over"
    CRITICAL = "critical"
    SAME_PERSON = "same_person"
    NOT_ALLOWED = "not_allowed"


class MuteScope(StrEnum):
    """Whose matches of the rule: of one principal in one account, of one account, or all."""

    IDENTITY = "identity"
    ACCOUNT = "account"
    ALL = "all"


class MuteState(StrEnum):
    """`waiting`: for a second person."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who answers. `id` tells people apart (`slack:T0/U0`, `command:alice`), `name` is for people to read."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteRequest:
    """What is to be muted of an alert's rule. `with_critical`: also what is critical, by command only.

    Raises ValueError, in words for whoever asked, without a reason and past the bounds of duration.
    """

    scope: MuteScope
    duration: timedelta
    reason: str
    with_critical: bool = False

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("say why: a mute needs a reason")
        if len(self.reason) > REASON_CHARS:
            raise ValueError(f"the reason is too long: at most {REASON_CHARS} characters")
        if not SHORTEST_MUTE <= self.duration <= LONGEST_MUTE:
            raise ValueError("a mute lasts from 1 hour to 30 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A rule is muted for somebody. `from_at` and `until_at` are None while it waits for a second person.

    `account` and `principal` are empty where the scope does not ask for them.
    """

    id: int
    rule_id: str
    title: str
    scope: MuteScope
    account: str
    principal: str
    reason: str
    duration: timedelta
    with_critical: bool
    alert_id: str
    made_by: Person
    made_at: datetime
    from_at: datetime | None = None
    until_at: datetime | None = None
    confirmed_by: Person | None = None
    ended_by: Person | None = None
    ended_at: datetime | None = None

    def state(self, *, now: datetime) -> MuteState:
        """How it stands."""
        if self.ended_at is not None:
            return MuteState.OVER
        if self.until_at is None:
            return MuteState.WAITING if now < self.made_at + CONFIRM_WITHIN else MuteState.OVER
        return MuteState.IN_FORCE if now < self.until_at else MuteState.OVER

    def reaches(self, level: Level) -> bool:
        """Whether it may keep quiet what is of this level."""
        return level is not Level.CRITICAL or self.with_critical

    def covers(self, *, rule_id: str, level: Level, account: str, principal: str) -> bool:
        """Whether a match is muted by it while it is in force. What is critical only where that was said."""
        if rule_id != self.rule_id or not self.reaches(level):
            return False
        match self.scope:
            case MuteScope.IDENTITY:
                return bool(principal) and (account, principal) == (self.account, self.principal)
            case MuteScope.ACCOUNT:
                return bool(account) and account == self.account
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Somebody answers an alert, or a mute. `key` is the same when the same press comes twice."""

    kind: AnswerKind
    by: Person
    alert_id: str = ""
    mute_id: int | None = None
    mute: MuteRequest | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer as the state keeps it, whatever came of it. `before` says who had done it already."""

    number: int
    at: datetime
    kind: AnswerKind
    outcome: AnswerOutcome
    by: Person
    alert_id: str
    mute: Mute | None = None
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How people have answered an alert: who saw it first, the last verdict, the newest mute of it in force."""

    acknowledged_by: Person | None = None
    acknowledged_at: datetime | None = None
    verdict: AnswerKind | None = None
    verdict_by: Person | None = None
    verdict_at: datetime | None = None
    mute: Mute | None = None
