"""Correlations in the whole daemon: from log files in a folder to what stands on the terminal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from tests.doubles.daemons import NOON, Place, event, make_place

RULES = b"""
title: A denied call
id: 00000000-0000-4000-8000-000000000001
name: denied
logsource: {product: aws, service: cloudtrail}
detection: {selection: {errorCode: AccessDenied}, condition: selection}
---
title: Many denied calls
id: 00000000-0000-4000-8000-000000000011
level: high
correlation: {type: event_count, rules: [denied], group-by: [userIdentity.arn], timespan: 10m, condition: {gte: 3}}
trailwarden: {summary: "{actor} was denied again and again, last {eventName} on {requestParameters.groupName}"}
---
title: A single denied call
id: 00000000-0000-4000-8000-000000000012
level: low
correlation: {type: event_count, rules: [denied], group-by: [userIdentity.arn], timespan: 10m, condition: {eq: 1}}
"""
MANY = "00000000-0000-4000-8000-000000000011"
SINGLE = "00000000-0000-4000-8000-000000000012"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = make_place(tmp_path)
    made.write_rule(RULES)
    return made


def denied(number: int, minute: int, **changes: Any) -> dict[str, Any]:
    return event(number, **{"errorCode": "AccessDenied", "eventTime": f"2026-05-04T11:{minute:02}:00Z", **changes})


def deliver(place: Place, daemon: Daemon, *events: dict[str, Any], number: int) -> None:
    place.put(*events, stamp=NOON + timedelta(minutes=number), unique=f"{abs(number):016}")
    assert run_cycle(daemon) == 0


def counts(daemon: Daemon, rule_id: str) -> list[int]:
    return [
        alert.count for alert in daemon.shared.store.list_alerts(now=daemon.shared.clock()) if alert.rule_id == rule_id
    ]


def test_events_over_several_files_are_one_alert_that_shows_them(place: Place) -> None:
    with place.daemon() as daemon:
        deliver(place, daemon, denied(1, 50), denied(2, 51, eventName="CreateUser"), number=0)
        assert "MANY" not in place.terminal.getvalue()
        deliver(place, daemon, denied(3, 55), number=1)
        printed = place.terminal.getvalue()
        assert " HIGH  Many denied calls" in printed
        assert "alice was denied again and again, last DeleteGroup on group-3" in printed
        assert "3 or more events of denied within 10 min by userIdentity.arn" in printed
        assert "2026-05-04T11:51:00Z  CreateUser  alice  (denied)" in printed
        assert "A denied call" not in printed, "a base is silent"
        assert counts(daemon, MANY) == [3]


def test_a_burst_grows_over_a_restart_without_being_told_again(place: Place) -> None:
    with place.daemon() as daemon:
        deliver(place, daemon, *(denied(n, 50 + n) for n in range(3)), number=0)
    told = place.terminal.getvalue().count("Many denied calls")
    with place.daemon() as daemon:
        deliver(place, daemon, denied(7, 58), number=1)
        assert counts(daemon, MANY) == [4]
    assert place.terminal.getvalue().count("Many denied calls") == told


def test_a_window_that_has_to_settle_is_looked_at_when_it_has(place: Place) -> None:
    with place.daemon() as daemon:
        place.clock.advance(timedelta(minutes=-14))
        deliver(place, daemon, denied(1, 50), number=-5)
        assert counts(daemon, SINGLE) == []
        due_at = daemon.worker.turn()
        assert due_at == NOON + timedelta(minutes=5)
        place.clock.advance(timedelta(minutes=9))
        assert run_cycle(daemon) == 0
        assert counts(daemon, SINGLE) == [1]
        assert "A single denied call" in place.terminal.getvalue()


def test_an_alert_that_late_events_contradict_is_taken_back_where_it_was_told(place: Place) -> None:
    with place.daemon() as daemon:
        place.clock.advance(timedelta(minutes=20))
        deliver(place, daemon, denied(1, 50), number=0)
        (alert,) = (a for a in daemon.shared.store.list_alerts(now=place.clock()) if a.rule_id == SINGLE)
        deliver(place, daemon, denied(2, 50), number=1)
        taken_back = f"{alert.id}: Revised: late events show that its condition did not hold. A single denied call"
        assert taken_back in place.terminal.getvalue()


def test_what_follows_correlations_is_counted(place: Place) -> None:
    with place.daemon() as daemon:
        deliver(place, daemon, *(denied(n, 50 + n) for n in range(3)), number=0)
        rendered = daemon.shared.metrics.render().decode()
    assert f'trailwarden_matches_total{{rule_id="{MANY}"}} 1.0' in rendered
    assert f'trailwarden_rule_info{{level="high",rule_id="{MANY}",title="Many denied calls"}} 1.0' in rendered


def test_state_of_windows_that_are_over_is_forgotten(place: Place) -> None:
    with place.daemon() as daemon:
        deliver(place, daemon, denied(1, 1), number=0)
        assert rows(daemon) == 2  # one for each correlation
        late = denied(
            2, 1, eventTime="2026-05-06T11:01:00Z", userIdentity={"type": "Root", "arn": "arn:aws:iam::1:root"}
        )
        place.clock.advance(timedelta(days=3))
        deliver(place, daemon, late, number=60 * 47)
        daemon.prune()
        assert rows(daemon) == 2  # the first event's are gone


def rows(daemon: Daemon) -> int:
    with daemon.shared.store.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM contributions").scalar_one()
    return int(found)
