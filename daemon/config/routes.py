"""The sections on who is told when: routes, a destination's quiet hours, backlogs."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, field_validator, model_validator

from daemon.config.section import AccountIds, OptionalText, Section, Texts, as_list
from daemon.config.values import Duration
from daemon.model import Level

_WHOLE_CHANNEL = ("here", "channel")
_PERSON_OR_GROUP = re.compile(r"[SUW][A-Z0-9]{6,20}")
_MOST_MENTIONED = 10
_LEAST_PATIENCE = timedelta(minutes=1)
Levels = Annotated[tuple[Level, ...], BeforeValidator(as_list)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _by_level(value: Any) -> Any:
    """A list alone is for every level."""
    return value if isinstance(value, dict) else {Level.INFORMATIONAL: value}


def _time_of_day(value: Any) -> Any:
    if isinstance(value, time):
        return value
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(value).strip())
    if not found:
        raise ValueError('a time of day is written "22:00", in quotes')
    return time(int(found[1]), int(found[2]))


def _time_zone(name: Any) -> Any:
    try:
        ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise ValueError("no time zone of that name; write UTC, or one such as Europe/Berlin") from fault
    return name


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
Zone = Annotated[str, BeforeValidator(_time_zone)]


class RouteMatch(Section):
    """Which alerts a route takes: all of these must hold, and of a list one. What is left out asks nothing."""

    level: Levels = ()
    min_level: Level | None = None
    rule: Texts = ()
    tag: Texts = ()
    account: AccountIds = ()
    region: Texts = ()
    ou: Texts = ()


class RouteConfig(Section):
    """Where alerts go, and whom they mention."""

    match: RouteMatch = RouteMatch()
    to: Texts = Field(min_length=1)
    channel: OptionalText = None
    mention: Annotated[dict[Level, Texts], BeforeValidator(_by_level)] = Field(default_factory=dict)
    allow_channel_mention: bool = False
    continued: bool = Field(default=False, alias="continue")
    escalate_unacked_after: Duration | None = None
    escalate_to: Texts = ()

    @model_validator(mode="after")
    def _escalated_to_others(self) -> RouteConfig:
        after = self.escalate_unacked_after
        if (after is None) != (not self.escalate_to):
            raise ValueError("escalate_unacked_after and escalate_to need each other")
        if after is not None and after < _LEAST_PATIENCE:
            raise ValueError("escalate_unacked_after is at least 1m: people need time to answer")
        if self.escalate_to and set(self.escalate_to) <= set(self.to):
            raise ValueError("escalate_to names nobody whom `to` does not tell at once; name another destination")
        return self

    @model_validator(mode="after")
    def _known_to_slack(self) -> RouteConfig:
        for each in (name for names in self.mention.values() for name in names):
            if each in _WHOLE_CHANNEL:
                if not self.allow_channel_mention:
                    raise ValueError(f"{each} wakes everybody; if you mean it, set allow_channel_mention: true")
            elif not _PERSON_OR_GROUP.fullmatch(each):
                raise ValueError(
                    "a mention is the id of a user group (S0123456789) or of a user (U0123456789), here or channel"
                )
        if any(len(names) > _MOST_MENTIONED for names in self.mention.values()):
            raise ValueError(f"mention at most {_MOST_MENTIONED} at a level; make a user group of them")
        return self


class QuietHoursConfig(Section):
    """When alerts of low levels are held back, to be told in one message at the end."""

    begin: TimeOfDay
    end: TimeOfDay
    time_zone: Zone = "UTC"
    days: Annotated[tuple[Day, ...], BeforeValidator(as_list)] = Field(default=DAYS, min_length=1)
    min_level: Level = Level.HIGH

    @model_validator(mode="after")
    def _some_hours(self) -> QuietHoursConfig:
        if self.begin == self.end:
            raise ValueError("quiet hours begin and end at different times")
        return self

    @property
    def weekdays(self) -> frozenset[int]:
        """The days by number, Monday being 0."""
        return frozenset(DAYS.index(day) for day in self.days)


class BacklogConfig(Section):
    """Alerts about old events: after how long one counts as late, and how many an hour are told one by one."""

    late_after: Duration = timedelta(days=1)
    messages: int = Field(default=20, ge=0, le=1000)

    @field_validator("late_after")
    @classmethod
    def _later_than_log_files(cls, after: timedelta) -> timedelta:
        if after < timedelta(hours=1):
            raise ValueError("log files come late by themselves now and then: late_after is at least 1h")
        return after
