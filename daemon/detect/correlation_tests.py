"""Tests inside a correlation's file: events with their times, and the alerts that must come of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field, field_validator, model_validator

from daemon.detect.option_faults import Strict


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAlert:
    """An alert that must come: its group, and where they are given how many events and which made it."""

    group: Mapping[str, str]
    count: int | None = None
    events: tuple[str, ...] | None = None  # eventIDs


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationTest:
    """One test of a correlation: of these events exactly these alerts must come, in any order."""

    name: str
    events: tuple[dict[str, Any], ...]
    alerts: tuple[ExpectedAlert, ...]
    line: int


class ExpectedAlertModel(Strict):
    """An expected alert as it is written."""

    group: dict[str, str] = Field(default_factory=dict, description="what the names in group-by hold, each")
    count: int | None = Field(default=None, ge=1, strict=True, description="how many events made the alert")
    events: list[str] | None = Field(default=None, description="the eventIDs of those that made it")

    def expected(self) -> ExpectedAlert:
        """What must come."""
        events = None if self.events is None else tuple(self.events)
        return ExpectedAlert(group=self.group, count=self.count, events=events)


class CorrelationTestModel(Strict):
    """One test as it is written."""

    name: str = Field(min_length=1, description="what the test shows, in words")
    events: list[dict[str, Any]] = Field(min_length=1, description="CloudTrail records, each with its eventTime")
    alerts: list[ExpectedAlertModel] = Field(description="the alerts that must come of them; []: none may")

    @field_validator("events")
    @classmethod
    def _timed(cls, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for number, event in enumerate(events):
            if not _is_moment(event.get("eventTime")):
                raise ValueError(f"event {number} has no eventTime such as '2026-01-31T12:00:00Z'")
        return events

    @model_validator(mode="after")
    def _own_events(self) -> CorrelationTestModel:
        known = [event.get("eventID") for event in self.events]
        for alert in self.alerts:
            for event_id in alert.events or ():
                if event_id not in known:
                    raise ValueError(f"no event of the test has the eventID '{event_id}'")
        return self

    def test(self, line: int) -> CorrelationTest:
        """The test, which begins on this line."""
        alerts = tuple(alert.expected() for alert in self.alerts)
        return CorrelationTest(name=self.name, events=tuple(self.events), alerts=alerts, line=line)


def odd_groups(tests: Sequence[CorrelationTest], group_by: Sequence[str]) -> Iterator[tuple[CorrelationTest, str]]:
    """Tests whose expected groups are not by the names of the correlation, and what is wrong with each."""
    wanted = ", ".join(group_by) or "nothing"
    for test in tests:
        for alert in test.alerts:
            if set(alert.group) != set(group_by):
                found = ", ".join(alert.group) or "nothing"
                yield test, f"the group of an expected alert is by {found}, and the correlation's by {wanted}"


def _is_moment(written: Any) -> bool:
    try:
        return isinstance(written, str) and datetime.fromisoformat(written).tzinfo is not None
    except ValueError:
        return False
