"""Several daemons on one PostgreSQL: who works on what, and what becomes of it when one of them dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from daemon.model import DeliveryState, ObjectResult, ObjectState, Pause, Retry, Sent
from daemon.ports import LedgerRow, Recorded
from daemon.record.engine import LEASE
from daemon.record.store import Access, Store, open_store
from tests.doubles.postgres import execute
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result

Two = tuple[Store, Store]


@pytest.fixture
def two(postgres_url: str) -> Iterator[Two]:
    """Two daemons' stores on one database."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(open_store(postgres_url, now=NOON)) for _ in range(2))
        first.ledger.open_source(SOURCE, start_at=None, now=NOON)
        yield first, second


def die(store: Store) -> None:
    """Its lease runs out, as it does once nobody renews it."""
    with store.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE leases SET until = 0 WHERE holder = '{store.database.holder}'")


def offer(store: Store, count: int) -> None:
    store.ledger.record_listing(
        SOURCE, listing(*(log_object(f"{number:016d}") for number in range(count))), is_sweep=False, now=NOON
    )


def claimed(store: Store, limit: int = 99) -> list[LedgerRow]:
    return store.ledger.pending(SOURCE, now=NOON, limit=limit)


def complete(store: Store, *rows: LedgerRow, event: str = "event-1") -> Recorded:
    done = [result(match(event), row_id=row.row_id, obj=row.object) for row in rows]
    return store.recorder.complete(done, plans=[plan()], ruleset_digest="", now=NOON)


class TestObjects:
    def test_each_is_worked_on_by_one_daemon(self, two: Two) -> None:
        first, second = two
        offer(first, 5)
        mine, others = claimed(first, limit=3), claimed(second)
        assert [row.object.unique[-1] for row in (*mine, *others)] == list("01234")
        assert claimed(second) == others, "a daemon is given its own again"

    def test_what_another_works_on_is_not_waited_for(self, two: Two) -> None:
        first, second = two
        offer(first, 1)
        claimed(first)
        assert (first.ledger.next_due_at(SOURCE), second.ledger.next_due_at(SOURCE)) == (NOON, None)

    def test_what_a_dead_daemon_had_is_taken_over_and_its_result_counts_no_more(self, two: Two) -> None:
        first, second = two
        offer(first, 1)
        (row,) = claimed(first)
        die(first)
        assert second.ledger.next_due_at(SOURCE) == NOON
        assert claimed(second) == [row]
        passed_over = complete(first, row, event="of the dead")
        assert (passed_over.new_matches, passed_over.completed) == (0, frozenset())
        first.ledger.defer(row.row_id, due_at=NOON + timedelta(hours=1), reason="throttled")
        recorded = complete(second, row, event="of the living")
        assert (recorded.new_matches, recorded.completed) == (1, frozenset({row.row_id}))
        assert [each.event_id for each in second.iter_matches()] == ["of the living"]

    def test_a_daemon_that_was_slow_and_that_nobody_followed_still_completes(self, two: Two) -> None:
        first, _ = two
        offer(first, 1)
        (row,) = claimed(first)
        die(first)
        assert complete(first, row).new_matches == 1

    def test_an_object_that_was_put_off_is_free_for_everybody(self, two: Two) -> None:
        first, second = two
        offer(first, 1)
        (row,) = claimed(first)
        first.ledger.defer(row.row_id, due_at=NOON, reason="throttled")
        assert [each.row_id for each in claimed(second)] == [row.row_id]

    def test_an_orderly_end_frees_what_was_claimed_at_once(self, two: Two) -> None:
        first, second = two
        offer(first, 2)
        claimed(first)
        first.close()
        assert len(claimed(second)) == 2

    def test_a_command_beside_the_daemons_claims_nothing(self, two: Two, postgres_url: str) -> None:
        first, _ = two
        offer(first, 2)
        with open_store(postgres_url, now=NOON, access=Access.SHARE) as beside:
            assert len(claimed(beside)) == 2
        assert len(claimed(first)) == 2


class TestDeliveries:
    def test_each_is_sent_by_one_daemon(self, two: Two) -> None:
        first, second = two
        complete_one(first)
        (parcel,) = first.outbox.due("security", now=NOON, limit=1)
        assert second.outbox.due("security", now=NOON, limit=9) == []
        assert second.outbox.next_due_at("security") is None
        first.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
        (details,) = second.outbox.due("security", now=NOON, limit=9)
        assert details.delivery.parent_ref == "C1/1.0"

    @pytest.mark.parametrize(
        "outcome", [Retry(reason="busy"), Pause(reason="invalid_auth", hint="")], ids=["retry", "pause"]
    )
    def test_one_that_could_not_be_sent_is_free_for_everybody(self, two: Two, outcome: Retry | Pause) -> None:
        first, second = two
        complete_one(first)
        (parcel,) = first.outbox.due("security", now=NOON, limit=1)
        first.outbox.settle(parcel.delivery, outcome, now=NOON, due_at=NOON)
        assert len(second.outbox.due("security", now=NOON, limit=9)) == 1

    def test_what_a_dead_daemon_had_is_sent_by_another_and_its_failure_changes_nothing(self, two: Two) -> None:
        first, second = two
        complete_one(first)
        (parcel,) = first.outbox.due("security", now=NOON, limit=1)
        die(first)
        (again,) = second.outbox.due("security", now=NOON, limit=1)
        assert again.delivery.id == parcel.delivery.id
        first.outbox.settle(parcel.delivery, Retry(reason="busy"), now=NOON, due_at=NOON + timedelta(hours=1))
        second.outbox.settle(again.delivery, Sent(remote_ref="C1/2.0"), now=NOON, due_at=None)
        (kept, _) = sorted(second.list_deliveries(), key=lambda each: each.id)
        assert (kept.state, kept.attempts, kept.remote_ref) == (DeliveryState.SENT, 1, "C1/2.0")

    def test_what_was_sent_after_all_is_not_sent_once_more(self, two: Two) -> None:
        first, second = two
        complete_one(first)
        (parcel,) = first.outbox.due("security", now=NOON, limit=1)
        die(first)
        (again,) = second.outbox.due("security", now=NOON, limit=1)
        first.outbox.settle(parcel.delivery, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
        assert [each.delivery.kind.value for each in second.outbox.due("security", now=NOON, limit=9)] == ["details"]
        second.outbox.settle(again.delivery, Retry(reason="busy"), now=NOON, due_at=NOON)
        assert second.list_deliveries(state=DeliveryState.SENT)[0].remote_ref == "C1/1.0"


def complete_one(store: Store) -> None:
    """One alert, of which one destination is to be told."""
    store.recorder.complete([result(match())], plans=[plan()], ruleset_digest="", now=NOON)


class TestLeases:
    def test_one_holds_it_until_it_dies(self, two: Two) -> None:
        first, second = two
        assert first.leases.hold("list s3://trail")
        assert first.leases.hold("list s3://trail")
        assert not second.leases.hold("list s3://trail")
        die(first)
        assert second.leases.hold("list s3://trail")
        first.leases.renew()
        assert not first.leases.hold("list s3://trail")

    def test_renewing_renews_everything_that_is_held(self, two: Two, postgres_url: str) -> None:
        first, second = two
        first.leases.hold("list s3://trail")
        die(first)
        first.leases.renew()
        assert not second.leases.hold("list s3://trail")
        (left,) = execute(
            postgres_url, "SELECT min(until) - extract(epoch FROM now()) * 1000000 FROM leases WHERE holder <> ''"
        )
        assert 0 < float(str(left[0])) <= LEASE / timedelta(microseconds=1)

    def test_an_orderly_end_gives_it_up_at_once(self, two: Two) -> None:
        first, second = two
        first.leases.hold("upkeep")
        first.close()
        assert second.leases.hold("upkeep")

    def test_what_the_dead_held_is_forgotten_in_the_end(self, two: Two, postgres_url: str) -> None:
        first, second = two
        first.leases.hold("upkeep")
        die(first)
        second.leases.renew()
        second.prune(keep_alerts=timedelta(days=1), keep_objects=timedelta(days=1), now=NOON)
        assert execute(postgres_url, "SELECT DISTINCT holder FROM leases") == [(second.database.holder,)]

    def test_alone_on_a_file_everything_is_held_and_nothing_is_written(self, sqlite_store: Store) -> None:
        assert sqlite_store.leases.hold("anything")
        sqlite_store.leases.renew()
        assert not sqlite_store.leases.is_shared
        with sqlite_store.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM leases").scalar() == 0


OBJECTS, EVENTS, GROUPS = 200, 100, 5


def test_two_daemons_on_one_backlog_evaluate_all_of_it_once_and_tell_each_alert_once(two: Two) -> None:
    """Every event is in two log files, so that both daemons meet it."""
    offer(two[0], OBJECTS)
    faults: list[BaseException] = []
    finished: list[int] = []
    sent: list[tuple[str, str, int]] = []

    def work(store: Store) -> None:
        try:
            while rows := claimed(store, limit=8):
                done = [_of(row) for row in rows]
                store.recorder.complete(done, plans=[plan()], ruleset_digest="", now=NOON)
                finished.extend(row.row_id for row in rows)
                while parcels := store.outbox.due("security", now=NOON, limit=2):
                    for parcel in parcels:
                        told = parcel.delivery
                        sent.append((told.alert_id, told.kind.value, told.seq))
                        store.outbox.settle(told, Sent(remote_ref="C1/1.0"), now=NOON, due_at=None)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(store,)) for store in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    alerts = two[0].list_alerts(now=NOON)
    assert set(finished) == {row.row_id for row in two[0].list_objects(states=[ObjectState.DONE], limit=999)}
    assert len(set(finished)) == OBJECTS
    assert len(list(two[0].iter_matches())) == EVENTS
    assert (len(alerts), sum(alert.count for alert in alerts)) == (GROUPS, EVENTS)
    opens = [each for each in sent if each[1] == "open"]
    assert len(opens) == len(set(opens)) == GROUPS


def _of(row: LedgerRow) -> ObjectResult:
    number = int(row.object.unique) % EVENTS
    return result(match(f"event-{number}", group=f"{number % GROUPS}"), row_id=row.row_id, obj=row.object)


def test_daemons_that_hear_of_a_new_shard_at_once_both_learn(two: Two) -> None:
    stamps = [NOON - timedelta(hours=hour) for hour in range(8)]
    files = [replace(log_object(f"{number:016d}"), stamped_at=stamp) for number, stamp in enumerate(stamps)]
    two[0].ledger.record_listing(SOURCE, listing(*files), is_sweep=False, now=NOON)
    parts = [claimed(store, limit=4) for store in two]
    start = threading.Barrier(2)

    def work(store: Store, rows: list[LedgerRow]) -> None:
        start.wait(10)
        done = [result(row_id=row.row_id, obj=row.object) for row in rows]
        store.recorder.complete(done, plans=[], ruleset_digest="", now=NOON)

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(work, store, rows) for store, rows in zip(two, parts, strict=True)]:
            future.result(20)
    (heard,) = two[0].activity.heard(SOURCE)
    assert heard.hours is not None
    assert heard.hours.bits.bit_count() == len(stamps)
