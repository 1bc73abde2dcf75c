"""Correlations in a backtest: a line a burst, among those of single events, whatever the order of files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.replay.conftest import AT, History, event

MANY, LATER = "00000000-0000-4000-8000-000000000011", "00000000-0000-4000-8000-000000000012"
RULES = """
title: Group deleted
id: 00000000-0000-4000-8000-000000000001
name: deleted
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: DeleteGroup}, condition: selection}
---
title: Many groups deleted
id: 00000000-0000-4000-8000-000000000011
name: many
generate: true
correlation: {type: event_count, rules: [deleted], group-by: [awsRegion], timespan: 10m, condition: {gte: 2}}
---
title: Few groups deleted
id: 00000000-0000-4000-8000-000000000012
correlation: {type: event_count, rules: [deleted], group-by: [awsRegion], timespan: 10m, condition: {lt: 2}}
"""


@pytest.fixture
def past(history: History) -> History:
    (history.rules / "rule.yml").write_text(RULES)
    return history


def deleted(name: str, *, minute: int) -> dict[str, Any]:
    return event(name, at=AT.replace(minute=minute))


def test_a_burst_is_one_line_at_the_event_that_completed_it_among_all_others(past: History) -> None:
    past.deliver(deleted("c", minute=9), deleted("b", minute=5), stamp="20260302T0910Z")
    past.deliver(deleted("a", minute=0), deleted("b", minute=5), stamp="20260302T0915Z")
    told = past.replay()
    of_rule = [(line["event"]["id"], line["rule"]["id"][-2:]) for line in told.lines]
    assert of_rule == [("a", "01"), ("a", "12"), ("b", "01"), ("b", "11"), ("c", "01")]
    line = next(line for line in told.lines if line["rule"]["id"] == MANY)
    assert (line["group"], line["count"], line["events"]) == ({"awsRegion": "us-east-1"}, 3, ["a", "b", "c"])
    assert line["object"].startswith("file:")
    assert (told.code, told.summary["matches"]) == (0, 5)


def test_only_events_within_the_window_of_time_that_was_asked_for_count(past: History) -> None:
    past.deliver(deleted("a", minute=0), deleted("b", minute=5))
    told = past.replay(since="2026-03-02T09:01:00Z")
    assert [line["rule"]["id"][-2:] for line in told.lines] == ["01", "12"]


def test_a_table_says_how_many_events_a_burst_is_of(past: History) -> None:
    past.deliver(deleted("a", minute=0), deleted("b", minute=5))
    assert b"Many groups deleted (2 events)" in past.replay(output_format="table").out
