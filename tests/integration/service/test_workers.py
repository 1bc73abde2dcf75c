"""Several processes evaluate: the same comes out as of one, and whatever ends one of them costs no log file."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.trailgen import SHAPES, generate_trail, write_trail
from daemon.model import Level, ObjectState
from daemon.service.daemon import Daemon
from daemon.service.fleet import Fleet
from tests.doubles.daemons import NOON, Place, event, make_place
from tests.doubles.evaluators import COMMAND, GATE, KILLED
from tests.doubles.rule_text import rule_text
from tests.e2e.harness import wait_until

TWO = "workers: 2"


@contextmanager
def daemon_of(place: Place, *, more: str = TWO, **makers: Any) -> Iterator[Daemon]:
    """A daemon whose processes know the names that do harm."""
    with place.daemon(more=more, **{"evaluator_command": COMMAND, **makers}) as daemon:
        daemon.polling.poll(daemon.watched[0])
        yield daemon


def named(name: str, number: int = 0) -> dict[str, Any]:
    """The name and stamp of a log file."""
    return {"unique": f"{name:A<16}", "stamp": NOON + timedelta(minutes=number)}


def outcomes(daemon: Daemon) -> list[tuple[str, str, str | None]]:
    rows = daemon.shared.store.list_objects(states=list(ObjectState), limit=1_000)
    return sorted((row.object.unique.rstrip("A"), row.state.value, row.reason) for row in rows)


def restarts(daemon: Daemon, reason: str) -> float:
    lines = daemon.shared.metrics.render().decode().splitlines()
    wanted = f'trailwarden_worker_restarts_total{{reason="{reason}"}} '
    return next(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))


def fleet_of(daemon: Daemon) -> Fleet:
    fleet = daemon.worker._evaluator
    assert isinstance(fleet, Fleet)
    return fleet


def everything(daemon: Daemon, place: Place) -> list[object]:
    """What the store holds in the end, but for what is made up anew each time."""
    store = daemon.shared.store
    rows = store.list_objects(states=list(ObjectState), limit=1_000)
    return [
        sorted((row.object.key, row.state, row.reason) for row in rows),
        [(match.rule_id, match.event_id, match.event_time) for match in store.iter_matches()],
        sorted((alert.rule_id, alert.group, alert.count) for alert in store.list_alerts(now=place.clock(), limit=500)),
    ]


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    trail = list(generate_trail(3, 150, SHAPES["small"].sizes, odd_share=0.02, broken_share=0.02))
    found = []
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        place = make_place(tmp_path / str(number))
        write_trail(trail, place.folder / "bucket")
        config = "sources: [{{url: 'file:bucket'}}]\ndestinations: [{{name: terminal, type: console}}]\n{more}"
        with place.daemon(more=f"workers: {number}", config=config) as daemon:
            daemon.polling.poll(daemon.watched[0])
            report = daemon.worker.work_off()
            assert report.done + report.quarantined == len(trail)
            found.append(everything(daemon, place))
    assert found[0] == found[1]
    assert found[0][1]


def test_a_process_that_is_killed_costs_one_retry_of_its_object(place: Place) -> None:
    for number in range(40):
        place.put(event(number), **named(f"{number}", number))
    place.put(event(41), **named("DIESONCE", 20))
    with daemon_of(place) as daemon:
        report = daemon.worker.work_off()
        assert (report.done, report.quarantined) == (41, 0)
        assert {state for _, state, _ in outcomes(daemon)} == {"done"}
        assert restarts(daemon, "killed") == 1
        assert sum(alert.count for alert in daemon.shared.store.list_alerts(now=place.clock())) == 41


def test_an_object_that_kills_each_process_is_set_aside_and_told_and_stops_nothing(place: Place) -> None:
    place.put(event(1), **named("KILLS"))
    for number in range(20):
        place.put(event(number + 2), **named(f"{number}", number))
    with daemon_of(place) as daemon:
        report = daemon.worker.work_off()
        assert (report.done, report.quarantined) == (20, 1)
        assert ("KILLS", "quarantined", "crashed") in outcomes(daemon)
        assert (place.folder / "bucket" / KILLED).read_text() in ("xxx", "xxxx")  # the first time perhaps not alone
        assert restarts(daemon, "killed") in (3, 4)
        notices = daemon.shared.store.list_alerts(now=place.clock(), with_notices=True, min_level=Level.MEDIUM)
        assert "A log file was set aside" in [notice.title for notice in notices]


def test_what_was_not_alone_in_a_process_that_was_killed_is_not_blamed(place: Place) -> None:
    gate = place.folder / "bucket" / GATE
    gate.touch()
    for number in range(4):
        place.put(event(number), **named(f"WAITS{number}", number))
    with daemon_of(place) as daemon:
        working = threading.Thread(target=daemon.worker.work_off)
        working.start()
        fleet = fleet_of(daemon)
        members = wait_until(
            lambda: [each for each in fleet._members if each.tasks] if len(fleet.pids) == 2 else [], "tasks"
        )
        os.kill(members[0].pid, signal.SIGKILL)
        wait_until(lambda: restarts(daemon, "killed") == 1, "the end of a process")
        assert {reason for _, _, reason in outcomes(daemon)} == {None}
        gate.unlink()
        working.join(60)
        assert {state for _, state, _ in outcomes(daemon)} == {"done"}


def test_a_process_that_runs_out_of_memory_is_ended_and_its_object_set_aside(place: Place) -> None:
    place.put(event(1), **named("HOGS"))
    place.put(event(2), **named("GOOD"))
    with daemon_of(place) as daemon:
        daemon.worker.work_off()
        assert outcomes(daemon) == [("GOOD", "done", None), ("HOGS", "quarantined", "crashed")]
        assert restarts(daemon, "out_of_memory") in (3, 4)  # whether they went to one process or to two


def test_an_object_that_takes_too_long_is_ended_with_its_process(place: Place) -> None:
    place.put(event(1), **named("HANGS"))
    place.put(event(2), **named("GOOD"))
    with daemon_of(place, overdue=timedelta(seconds=3)) as daemon:
        daemon.worker.work_off()
        assert outcomes(daemon) == [("GOOD", "done", None), ("HANGS", "quarantined", "crashed")]
        assert restarts(daemon, "overdue") == 3


def test_processes_killed_while_idle_are_replaced_without_blaming_an_object(place: Place) -> None:
    place.put(event(1), **named("FIRST"))
    with daemon_of(place) as daemon:
        daemon.worker.work_off()
        for pid in fleet_of(daemon).pids:
            os.kill(pid, signal.SIGKILL)
        place.put(event(2), **named("SECOND", 1))
        daemon.polling.poll(daemon.watched[0])
        assert daemon.worker.work_off().done == 1
        assert outcomes(daemon) == [("FIRST", "done", None), ("SECOND", "done", None)]


def test_rules_change_while_objects_are_worked_on_and_each_is_recorded_with_its_own(place: Place) -> None:
    gate = place.folder / "bucket" / GATE
    gate.touch()
    place.put(event(1), **named("WAITS"))
    place.put(event(2), **named("GOOD", 1))
    with daemon_of(place) as daemon:
        old = daemon.rules.current()
        working = threading.Thread(target=daemon.worker.work_off)
        working.start()
        wait_until(lambda: ("GOOD", "done", None) in outcomes(daemon), "the other object to be recorded")
        place.write_rule(rule_text(title="A group was removed"))
        daemon.rules.reload()
        place.put(event(3), **named("LATE", 2))
        daemon.polling.poll(daemon.watched[0])
        gate.unlink()
        working.join(60)
        new = daemon.rules.current()
        assert old
        assert new
        found = sorted(daemon.shared.store.list_alerts(now=place.clock()), key=lambda alert: alert.first_at)
        assert {state for _, state, _ in outcomes(daemon)} == {"done"}
        assert sum(alert.count for alert in found) == 3
        assert old.digest != new.digest
        assert found[0].ruleset_digest == old.digest


def test_a_stop_leaves_what_is_in_work_pending_and_no_process_behind(place: Place) -> None:
    (place.folder / "bucket" / GATE).touch()
    place.put(event(1), **named("WAITS"))
    with daemon_of(place) as daemon:
        working = threading.Thread(target=daemon.worker.work_off)
        working.start()
        pids = wait_until(lambda: fleet_of(daemon).pids, "processes")
        daemon.stopping.set()
        working.join(20)
        assert not working.is_alive()
        assert outcomes(daemon) == [("WAITS", "pending", None)]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_where_no_process_can_be_started_that_is_told_and_the_daemon_evaluates_itself(place: Place) -> None:
    place.put(event(1), **named("GOOD"))
    with daemon_of(place, evaluator_command=("/nonexistent",)) as daemon:
        assert daemon.worker.work_off().done == 1
        assert restarts(daemon, "not_started") == 3
        notices = daemon.shared.store.list_alerts(now=place.clock(), with_notices=True)
        assert "Processes that evaluate cannot be started" in [notice.title for notice in notices]
        assert outcomes(daemon) == [("GOOD", "done", None)]
