"""Queues that fail, stores that fail, and crashes: what comes again does no harm, and what was said is true."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from daemon.errors import EnvironmentReason, SourceUnavailable, StoreError
from daemon.model import ObjectState
from daemon.service.daemon import Daemon
from daemon.service.life import run_until_stopped
from daemon.service.queues.keeping import Keeping
from daemon.service.queues.reading import QueueReader
from daemon.sources.queue import Deleted, Message, QueueFacts, SqsQueue
from tests.doubles.cycles import told
from tests.doubles.queues import QueueSetting, event, later, metric, notification, via_cloudtrail


def reader_of(daemon: Daemon) -> QueueReader:
    ((reader, _),) = daemon.readers
    return reader


class PowerCut(Exception):
    """The end of the process."""


class Failing(SqsQueue):
    """A queue whose answers the test decides."""

    fault: Exception | None = None
    on_receive: Any = staticmethod(lambda: None)
    on_delete: Any = staticmethod(lambda: None)
    facts_fault: Exception | None = None

    def receive(self) -> list[Message]:
        if self.fault:
            raise self.fault
        messages = super().receive()
        self.on_receive()
        return messages

    def delete(self, messages: Any) -> Deleted:
        self.on_delete()
        return super().delete(messages)

    def facts(self) -> QueueFacts:
        if self.facts_fault:
            raise self.facts_fault
        return super().facts()


def failing(setting: QueueSetting, **attributes: Any) -> Any:
    def make(url: str, config: Any, **options: Any) -> SqsQueue:
        queue = Failing(url, access=setting.bucket.access(**options), wait_s=0)
        for name, value in attributes.items():
            setattr(queue, name, value)
        setting.opened.append(queue)
        return queue

    return make


def test_after_a_crash_between_commit_and_delete_the_message_comes_again_and_costs_nothing(
    setting: QueueSetting,
) -> None:
    def cut() -> None:
        raise PowerCut

    with setting.daemon(queue=failing(setting, on_delete=cut)) as daemon:
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        with pytest.raises(PowerCut):
            reader_of(daemon).turn()
        daemon.worker.work_off()
        daemon.dispatcher.run_once(drain=True)
    assert setting.left() == 1
    assert "Messages" not in setting.sqs.receive_message(QueueUrl=setting.queue_url)  # it is still in flight
    appear_again(setting)
    with setting.daemon() as daemon:
        setting.work(daemon)
        rows = daemon.shared.store.list_objects(states=list(ObjectState))
        assert [row.state for row in rows] == [ObjectState.DONE]
        assert (setting.left(), setting.gets()) == (0, 1)
    assert told(setting.place).count("A group was deleted") == 1


def appear_again(setting: QueueSetting) -> None:
    """As if the visibility time-out were over: what is in flight is sent anew."""
    from moto.sqs.models import sqs_backends

    name = setting.queue_url.rpartition("/")[2]
    for backend in (regions["eu-west-1"] for regions in sqs_backends.values()):
        if name in backend.queues:
            for message in backend.queues[name]._messages:
                message.visible_at = 0


class Full:
    """A ledger that cannot write."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def record_arrivals(self, *_: object, **__: object) -> int:
        raise StoreError("database is locked")


def test_a_store_that_is_away_keeps_messages_in_hand_and_nothing_is_received_or_lost(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        real = daemon.shared.store.ledger
        daemon.shared.store.ledger = Full(real)  # type: ignore[assignment]
        reader = reader_of(daemon)
        for _ in range(3):
            with pytest.raises(StoreError):
                reader.turn()
        assert reader.has_messages
        assert setting.left() == 1
        assert setting.bucket.faults.requests.count("ReceiveMessage") == 1

        daemon.shared.store.ledger = real
        setting.work(daemon)
        assert setting.left() == 0
    assert told(setting.place).count("A group was deleted") == 1


@pytest.mark.parametrize("reason", [EnvironmentReason.ACCESS_DENIED, EnvironmentReason.NO_QUEUE])
def test_a_queue_that_refuses_is_told_and_left_alone_for_longer_each_time_and_polling_goes_on(
    setting: QueueSetting, reason: EnvironmentReason
) -> None:
    fault = SourceUnavailable(f"{setting.queue_url}: no; allow it", reason=reason)
    with setting.daemon(queue=failing(setting, fault=fault)) as daemon:
        reader = reader_of(daemon)
        waits = []
        for _ in range(4):
            due_at = reader.turn()
            assert due_at is not None
            assert reader.turn() == due_at  # it is not asked before
            waits.append(due_at - setting.place.clock())
            later(setting, waits[-1])
        assert waits == sorted(waits)
        assert waits[0] < waits[-1] <= timedelta(minutes=5)
        assert metric(daemon, f'errors_total{{queue="NAME",reason="{reason}"}}', setting) == 4

        setting.put(event(1))
        daemon.polling.poll(daemon.watched[0])
        setting.work(daemon)
        text = told(setting.place)
        assert text.count("cannot be read") == 1
        assert "allow it" in text
        assert text.count("A group was deleted") == 1

        setting.opened[0].fault = None  # type: ignore[attr-defined]
        later(setting, timedelta(minutes=5))
        reader.turn()
        assert metric(daemon, 'last_receive_timestamp_seconds{queue="NAME"}', setting) > 0


def test_a_queue_that_does_not_say_how_it_is_set_up_is_read_all_the_same(setting: QueueSetting) -> None:
    denied = SourceUnavailable("no", reason=EnvironmentReason.ACCESS_DENIED)
    with setting.daemon(queue=failing(setting, facts_fault=denied)) as daemon:
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        setting.work(daemon)
        assert setting.left() == 0


def test_messages_that_a_long_poll_brings_after_the_end_are_left(setting: QueueSetting) -> None:
    stopping = threading.Event()
    make = failing(setting, on_receive=stopping.set)
    with setting.daemon(queue=make) as daemon:
        shared = daemon.shared
        object.__setattr__(shared, "is_stopping", stopping.is_set)
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        reader_of(daemon).turn()
        assert not reader_of(daemon).has_messages
        assert reader_of(daemon).turn() is None
        assert daemon.shared.store.list_objects(states=list(ObjectState)) == []
    assert setting.left() == 1


def test_nothing_more_is_received_while_more_is_pending_than_can_be_worked_on_soon(setting: QueueSetting) -> None:
    with setting.daemon() as daemon:
        keys = [setting.put(event(n), unique=f"AAAABBBBCCCC{n:04}") for n in range(2)]
        many = [keys[0].replace("CCCC0000", f"CCCD{n:04}") for n in range(1_001)]
        reader = reader_of(daemon)
        for some in (many[:500], many[500:]):
            setting.send({"s3Bucket": setting.bucket.name, "s3ObjectKey": some})
            reader.turn()
        setting.send(notification(setting.bucket.name, *keys))
        reader.turn()
        assert setting.left() == 1

        daemon.worker.work_off()  # all of them are gone
        reader.turn()
        assert setting.left() == 0


def test_messages_are_kept_from_others_until_they_are_dealt_with() -> None:
    extended = threading.Semaphore(0)
    keeping = Keeping(extended.release, visibility=timedelta(0), is_stopping=lambda: False)
    assert extended.acquire(timeout=30)
    assert extended.acquire(timeout=30)
    keeping.close()


def test_a_reader_waits_until_its_source_was_opened(setting: QueueSetting) -> None:
    with setting.daemon(sources="") as daemon:
        reader = reader_of(daemon)
        ledger = daemon.shared.store.ledger

        class Unopened(Full):
            def starts(self, names: object) -> dict[str, None]:
                return {}

        daemon.shared.store.ledger = Unopened(ledger)  # type: ignore[assignment]
        setting.send(notification(setting.bucket.name, setting.put(event(1))))
        assert reader.turn() == setting.place.clock() + timedelta(seconds=5)
        assert setting.bucket.faults.requests.count("ReceiveMessage") == 0


def test_what_breaks_the_program_is_left_for_the_dead_letter_policy_and_blocks_nothing(setting: QueueSetting) -> None:
    with setting.daemon(source="inline_events: true") as daemon:
        reader, recorder = reader_of(daemon), daemon.shared.store.recorder

        class Broken:
            def complete(self, *_: object, **__: object) -> None:
                raise ValueError("a fault of ours")

        daemon.shared.store.recorder = Broken()  # type: ignore[assignment]
        setting.send(via_cloudtrail(event(1)))
        with pytest.raises(ValueError, match="a fault of ours"):
            reader.turn()
        assert not reader.has_messages
        daemon.shared.store.recorder = recorder
        setting.send(via_cloudtrail(event(2)))
        setting.work(daemon)
        assert setting.left() == 1
    assert told(setting.place).count("A group was deleted") == 1


def test_the_end_does_not_wait_for_a_long_poll_under_way(setting: QueueSetting) -> None:
    asked, answered = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        answered.wait(60)

    with setting.daemon(queue=failing(setting, on_receive=hang)) as daemon:
        setting.put(event(1))
        life = threading.Thread(target=run_until_stopped, args=[daemon], kwargs={"listen": ("127.0.0.1", 0)})
        life.start()
        assert asked.wait(60)
        daemon.stopping.set()
        life.join(20)
        assert not life.is_alive()
        answered.set()
        ((_, rhythm),) = daemon.readers
        assert rhythm.join(timeout_s=30)
