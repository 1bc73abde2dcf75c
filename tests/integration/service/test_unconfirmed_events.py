"""Events that came by a queue and that no log file brings: told once, by one daemon, when the trail was read since."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest

from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle, run_until_stopped
from tests.doubles import postgres
from tests.doubles.cycles import told
from tests.doubles.queues import QueueSetting, event, later, metric, notification, via_cloudtrail
from tests.e2e.harness import wait_until

HOUR = timedelta(hours=1)
INLINE = "inline_events: true"
TITLE = "is not confirmed by the trail"


@pytest.fixture
def setting(setting: QueueSetting) -> QueueSetting:
    """Three days ago, since a listing is never of a later time than the server's clock says."""
    later(setting, timedelta(days=-3))
    return setting


def now_event(setting: QueueSetting, number: int) -> dict[str, object]:
    return event(number, eventTime=f"{setting.place.clock.now:%Y-%m-%dT%H:%M:%SZ}")


def bring(setting: QueueSetting, daemon: Daemon, number: int) -> dict[str, object]:
    """An event comes by the queue, and its alert is told; gives the event."""
    record = now_event(setting, number)
    setting.send(via_cloudtrail(record))
    setting.work(daemon)
    return record


def deliver(setting: QueueSetting, daemon: Daemon, *records: dict[str, object], unique: str) -> None:
    """A log file comes."""
    setting.send(notification(setting.bucket.name, setting.put(*records, unique=unique)))
    setting.work(daemon)


def hours_go_by(setting: QueueSetting, daemon: Daemon, hours: float, *, is_polled: bool = True) -> str:
    """Time passes, the trail is polled, doubts are looked at; what was told."""
    later(setting, hours * HOUR)
    if is_polled:
        daemon.polling.poll(daemon.watched[0])
        daemon.worker.work_off()
    daemon.doubts.look()
    daemon.dispatcher.run_once(drain=True)
    return told(setting.place)


@contextmanager
def begun(setting: QueueSetting, source: str = INLINE) -> Iterator[Daemon]:
    """A daemon over a trail that has a log file."""
    setting.put(now_event(setting, 900), unique="BEFORE0000000000")
    with setting.daemon(source=source) as daemon:
        daemon.worker.work_off()
        daemon.dispatcher.run_once(drain=True)
        told(setting.place)
        yield daemon


def unconfirmed(daemon: Daemon, setting: QueueSetting) -> float:
    return metric(daemon, 'events_unconfirmed{queue="NAME"}', setting)


def test_it_is_told_once_with_what_to_look_at_also_after_a_restart(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        bring(setting, daemon, 1)
        told(setting.place)
        assert TITLE not in hours_go_by(setting, daemon, 5)
        assert unconfirmed(daemon, setting) == 0

        said = hours_go_by(setting, daemon, 1.5)
        assert said.count(TITLE) == 1
        assert "DeleteGroup by alice in 111122223333 us-east-1 (event event-0001, alert " in said
        assert "no log file has brought within 6 h" in said
        assert "queue's policy" in said
        assert unconfirmed(daemon, setting) == 1
        assert TITLE not in hours_go_by(setting, daemon, 1)
    with setting.daemon(source=INLINE) as daemon:
        assert TITLE not in hours_go_by(setting, daemon, 30)
        assert unconfirmed(daemon, setting) == 0, "the gauge goes out a day later"


def test_an_event_that_its_log_file_confirmed_is_never_told(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        record = bring(setting, daemon, 1)
        later(setting, HOUR / 4)
        deliver(setting, daemon, record, unique="CONFIRMS00000000")
        assert TITLE not in hours_go_by(setting, daemon, 12)
        assert unconfirmed(daemon, setting) == 0


def test_several_are_one_notice_and_the_next_ones_wait_for_a_day(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        for number in range(7):
            bring(setting, daemon, number)
        told(setting.place)
        said = hours_go_by(setting, daemon, 7)
        assert said.count("7 events of a queue are not confirmed by the trail") == 1
        assert "and 2 more" in said

        bring(setting, daemon, 8)
        told(setting.place)
        assert "not confirmed" not in hours_go_by(setting, daemon, 10)
        said = hours_go_by(setting, daemon, 15)
        assert said.count(TITLE) == 1
        assert "event-0008" in said
        assert "event-0001" not in said


def test_the_time_can_be_set(setting: QueueSetting) -> None:
    with begun(setting, source=f"{INLINE}, confirm_after: 45m") as daemon:
        bring(setting, daemon, 1)
        assert "within 0.75 h" in hours_go_by(setting, daemon, 1)


def test_while_the_trail_was_not_read_nothing_looks_forged_and_after_a_day_it_does(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        bring(setting, daemon, 1)
        assert TITLE not in hours_go_by(setting, daemon, 20, is_polled=False)
        assert TITLE in hours_go_by(setting, daemon, 11, is_polled=False)


def test_while_its_log_file_may_be_among_those_that_wait_nothing_is_told(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        bring(setting, daemon, 1)
        later(setting, HOUR / 4)
        key = setting.put(now_event(setting, 2), unique="WAITS00000000000")
        setting.bucket.faults.fail("GetObject", OSError("no way there"))
        setting.send(notification(setting.bucket.name, key))
        setting.work(daemon)
        assert TITLE not in hours_go_by(setting, daemon, 8)
        setting.bucket.faults.by_operation.clear()
        later(setting, HOUR)
        daemon.worker.work_off()
        assert TITLE in hours_go_by(setting, daemon, 1)


def test_a_single_cycle_tells_it_too(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        bring(setting, daemon, 1)
        told(setting.place)
        later(setting, 7 * HOUR)
        run_cycle(daemon)
    assert told(setting.place).count(TITLE) == 1


def test_a_queue_that_may_bring_no_events_is_not_looked_at(setting: QueueSetting) -> None:
    with begun(setting, source="") as daemon:
        assert "queue_events_unconfirmed{" not in daemon.shared.metrics.render().decode()
        daemon.doubts.look()


def test_the_daemon_looks_by_itself(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        bring(setting, daemon, 1)
        told(setting.place)
        later(setting, 7 * HOUR)
        daemon.polling.poll(daemon.watched[0])
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(run_until_stopped, daemon, listen=("127.0.0.1", 0))
            wait_until(lambda: TITLE in setting.place.terminal.getvalue(), "the notice")
            daemon.stopping.set()
            assert future.result(timeout=20) == 0


def test_a_store_that_is_away_ends_nothing(setting: QueueSetting) -> None:
    with begun(setting) as daemon:
        bring(setting, daemon, 1)
        later(setting, 7 * HOUR)
        daemon.shared.store.database.close()
        (setting.place.folder / "data/trailwarden.db").rename(setting.place.folder / "away")
        (setting.place.folder / "data/trailwarden.db").mkdir()
        daemon.doubts.look()


def test_of_several_daemons_one_tells(setting: QueueSetting) -> None:
    setting.put(now_event(setting, 900), unique="BEFORE0000000000")
    with postgres.database() as url, ExitStack() as stack:
        state = f'state: {{url: "{url}"}}'
        one, other = (stack.enter_context(setting.daemon(source=INLINE, sources=state)) for _ in range(2))
        one.worker.work_off()
        bring(setting, other, 1)
        told(setting.place)
        later(setting, 7 * HOUR)
        one.polling.poll(one.watched[0])
        one.prune()  # and so sees to upkeep
        other.doubts.look()
        other.dispatcher.run_once(drain=True)
        assert told(setting.place) == ""
        for daemon in (one, other):
            daemon.doubts.look()
        for daemon in (one, other):
            daemon.dispatcher.run_once(drain=True)
        assert told(setting.place).count(TITLE) == 1
        assert [unconfirmed(daemon, setting) for daemon in (one, other)] == [1, 1]
