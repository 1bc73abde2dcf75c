from __future__ import annotations

from dataclasses import replace
from typing import Any

from daemon.detect.correlate import Fired, correlate
from daemon.model import CorrelationType, Feed
from tests.doubles.conditions import field, rule
from tests.doubles.correlating import bounds, correlation

GROUP = ("userAgent",)
ALICE = (("userAgent", "alice"),)
MANY = correlation(condition=bounds(gte=2), group_by=GROUP, rule_id="many")
DELETED = replace(rule(field("eventName", "DeleteGroup"), "deleted"), feeds=(Feed(correlation=MANY, base=0),))


def event(number: int, minute: int, name: str = "DeleteGroup", who: str = "alice") -> dict[str, Any]:
    return {"eventID": f"e{number}", "eventTime": f"2026-03-02T08:{minute:02}:00Z", "eventName": name, "userAgent": who}


def test_events_enough_in_one_group_fire_once() -> None:
    events = [event(1, 0), event(2, 0, who="bob"), event(3, 5), event(4, 6, name="ListGroups"), event(5, 7)]
    fired = correlate([DELETED], [MANY], events)
    assert fired == [Fired(correlation_id="many", group=ALICE, events=("e1", "e3", "e5"))]


def test_bursts_far_apart_are_two() -> None:
    fired = correlate([DELETED], [MANY], [event(1, 0), event(2, 1), event(3, 30), event(4, 31)])
    assert [each.events for each in fired] == [("e1", "e2"), ("e3", "e4")]


def test_a_burst_counts_for_the_correlation_above() -> None:
    upper = correlation(CorrelationType.TEMPORAL, bounds(gte=2), bases=2, group_by=GROUP, rule_id="upper")
    lower = replace(MANY, feeds=(Feed(correlation=upper, base=0),))
    rules = [
        replace(DELETED, feeds=(Feed(correlation=lower, base=0),)),
        replace(rule(field("eventName", "CreateUser"), "made"), feeds=(Feed(correlation=upper, base=1),)),
    ]
    fired = correlate(rules, [lower, upper], [event(1, 0), event(2, 5), event(3, 14, name="CreateUser")])
    assert [each.events for each in fired if each.correlation_id == "upper"] == [("e1", "e2", "e3")]


def test_a_time_without_a_zone_is_utc_and_an_event_without_an_id_counts_too() -> None:
    events = [{**event(1, 0), "eventTime": "2026-03-02T08:00:00"}, {**event(2, 0), "eventID": None}]
    assert [each.events for each in correlate([DELETED], [MANY], events)] == [("e1", "event 1")]
