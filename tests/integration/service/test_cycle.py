"""One cycle of the daemon, put together for real around a folder: what is evaluated, told, kept and counted."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from daemon.config import Config
from daemon.errors import StoreError
from daemon.model import ObjectState
from daemon.ports import Recorded, StoredRuleFile
from daemon.record.recorder import SqlRecorder
from daemon.record.store import Store, open_store
from daemon.service.life import run_cycle
from tests.doubles.cycles import cycle, told
from tests.doubles.daemons import CONFIG, Place, event
from tests.doubles.rule_memory import DictRuleMemory
from tests.doubles.rule_text import OTHER_ID, rule_text


def test_a_match_is_told_once_and_never_again(place: Place) -> None:
    place.put(event(1))

    assert cycle(place) == 0
    assert "A group was deleted" in told(place)
    assert cycle(place) == 0
    assert told(place) == ""


def test_a_late_file_is_evaluated_and_a_copy_of_an_event_tells_nothing_new(place: Place) -> None:
    place.put(event(1))
    assert cycle(place) == 0
    told(place)

    place.put(event(1), stamp=place.clock.now - timedelta(minutes=50), unique="ZZZZBBBBCCCCDDDD")
    late = event(2, userIdentity={"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "bob"})
    place.put(late, stamp=place.clock.now - timedelta(minutes=55), unique="YYYYBBBBCCCCDDDD")
    with place.daemon() as daemon:
        assert run_cycle(daemon) == 0
        alerts = daemon.shared.store.list_alerts(now=place.clock())
    assert told(place).count("A group was deleted") == 1
    assert [alert.count for alert in alerts] == [1, 1]


def test_a_corrupt_file_is_set_aside_with_a_notice_and_its_neighbours_are_done(place: Place) -> None:
    place.put_bytes(b"\x1f\x8b not gzip", unique="BADDBADDBADDBADD")
    place.put(event(1))

    with place.daemon() as daemon:
        assert run_cycle(daemon) == 1
        rows = daemon.shared.store.list_objects(states=list(ObjectState))
        assert sorted((row.state, row.reason) for row in rows) == [
            (ObjectState.DONE, None),
            (ObjectState.QUARANTINED, "bad_gzip"),
        ]
        text = daemon.shared.metrics.render().decode()
    assert "A log file was set aside" in told(place)
    assert f'trailwarden_objects_total{{outcome="quarantined",source="file:{place.folder}/bucket"}} 1.0' in text
    assert f'trailwarden_events_total{{outcome="evaluated",source="file:{place.folder}/bucket"}} 1.0' in text


def test_a_missing_folder_fails_the_cycle_with_a_notice(place: Place) -> None:
    (place.folder / "bucket").rmdir()

    assert cycle(place) == 1
    assert "cannot be listed" in told(place)


def test_a_folder_without_a_trail_says_so(place: Place) -> None:
    assert cycle(place) == 1
    assert "No trail was found" in told(place)


def test_a_broken_rule_is_told_and_its_last_good_version_stays_in_force_over_a_restart(place: Place) -> None:
    place.put(event(9, eventName="ListGroups"), unique="ZZZZBBBBCCCCDDDD")
    assert cycle(place) == 0
    place.write_rule(b"title: [")
    place.put(event(1))

    assert cycle(place) == 1
    text = told(place)
    assert "A rule file is broken" in text
    assert "A group was deleted" in text


def test_a_rule_is_reloaded_while_the_daemon_runs(place: Place) -> None:
    place.put(event(1))
    with place.daemon() as daemon:
        run_cycle(daemon)
        stopped = "selection: {eventName: StopLogging}\ncondition: selection"
        place.write_rule(rule_text(stopped, rule_id=OTHER_ID, title="Stopped"))
        daemon.rules.reload()
        place.put(event(2, eventName="StopLogging"), unique="BBBBBBBBCCCCDDDD")
        run_cycle(daemon)
        daemon.rules.reload()  # nothing has changed: nothing is said or counted
        assert 'rule_reloads_total{outcome="ok"} 2.0' in daemon.shared.metrics.render().decode()
    assert "Stopped" in told(place)


def test_no_rules_at_all_is_worth_a_notice(place: Place) -> None:
    (place.folder / "rules/rule.yml").unlink()
    cycle(place)

    assert "No rules are loaded" in told(place)


def test_a_store_that_fails_while_recording_loses_nothing(place: Place) -> None:
    place.put(event(1))
    with place.daemon() as daemon:
        daemon.polling.poll(daemon.watched[0])
        real = daemon.shared.store.recorder

        class Full:
            def complete(self, *args: object, **options: object) -> object:
                raise StoreError("disk full")

        daemon.shared.store.recorder = Full()  # type: ignore[assignment]
        with pytest.raises(StoreError):
            daemon.worker.work_off()
        daemon.shared.store.recorder = real
        assert daemon.worker.work_off().done == 1


def test_retention_forgets_what_is_old(place: Place) -> None:
    place.put(event(1))
    with place.daemon(more="state: {keep_alerts: 1d}") as daemon:
        run_cycle(daemon)
        assert len(daemon.shared.store.list_alerts(now=place.clock())) == 1
        place.clock.advance(timedelta(days=3))
        daemon.prune()
        assert daemon.shared.store.list_alerts(now=place.clock()) == []


def test_a_shadow_rule_is_recorded_and_never_told(place: Place) -> None:
    place.write_rule(rule_text(more="trailwarden: {mode: shadow}"))
    place.put(event(1))

    with place.daemon() as daemon:
        assert run_cycle(daemon) == 0
        assert len(daemon.shared.store.list_alerts(now=place.clock())) == 1
    assert "A group was deleted" not in told(place)


def test_many_corrupt_files_are_one_notice(place: Place) -> None:
    for number in range(3):
        place.put_bytes(b"\x1f\x8b not gzip", unique=f"BADDBADDBADDBAD{number}")

    assert cycle(place) == 1
    text = told(place)
    assert text.count("3 log files were set aside") == 1
    assert "2 more with it" in text


class Failing:
    """A recorder that takes notices and fails to record what was evaluated."""

    def __init__(self, recorder: SqlRecorder) -> None:
        self.notify = recorder.notify

    def complete(self, *args: object, **options: object) -> Recorded:
        raise StoreError("disk full")


def test_a_crash_before_a_corrupt_file_is_recorded_leaves_its_notice_behind(place: Place) -> None:
    place.put_bytes(b"\x1f\x8b not gzip")
    with place.daemon() as daemon:
        daemon.shared.store.recorder = Failing(daemon.shared.store.recorder)  # type: ignore[assignment]
        daemon.polling.poll(daemon.watched[0])
        with pytest.raises(StoreError):
            daemon.worker.work_off()

    assert cycle(place) == 1
    assert told(place).count("A log file was set aside") == 1


def test_a_store_that_is_new_is_told_also_after_a_crash_before_anybody_heard(place: Place) -> None:
    place.put(event(1))
    with place.daemon() as daemon:
        daemon.shared.store.prune(keep_alerts=-timedelta(days=1), keep_objects=timedelta(0), now=place.clock())
    told(place)
    place.clock.advance(timedelta(hours=2))

    assert cycle(place) == 0
    assert "A new state store was made" in told(place)
    place.clock.advance(timedelta(hours=2))
    assert cycle(place) == 0
    assert "A new state store was made" not in told(place)


def test_messages_for_a_destination_that_was_taken_out_are_told_of_and_fail_no_cycle(place: Place) -> None:
    place.put(event(1))
    with place.daemon() as daemon:
        daemon.polling.poll(daemon.watched[0])
        daemon.worker.work_off()
    told(place)
    renamed = CONFIG.replace("name: terminal", "name: other").replace("notices: [terminal]", "notices: [other]")

    with place.daemon(config=renamed) as daemon:
        assert run_cycle(daemon) == 0
    assert "2 for terminal" in told(place)


class Unreadable(DictRuleMemory):
    """A memory that cannot be read."""

    def rule_files(self) -> dict[str, StoredRuleFile]:
        raise StoreError("disk I/O error")


def test_rules_that_cannot_be_recalled_hold_the_files_back_instead_of_evaluating_them_by_nothing(place: Place) -> None:
    place.put(event(1))

    def unreadable(config: Config, now: datetime) -> Store:
        store = open_store(config.state.url, now=now)
        store.rules = Unreadable()  # type: ignore[assignment]
        return store

    with place.daemon(store=unreadable) as daemon:
        assert run_cycle(daemon) == 1
        assert 'rule_reloads_total{outcome="failed"} 1.0' in daemon.shared.metrics.render().decode()
        assert daemon.shared.health.missing() == ["waiting: rules loaded"]
    assert cycle(place) == 0
    assert "A group was deleted" in told(place)
