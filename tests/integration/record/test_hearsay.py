"""What came by a queue and no log file has confirmed: counted, shown and marked, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from daemon.model import INLINE_URL, LogObject, Match
from daemon.record.schema import IS_HEARSAY
from daemon.record.store import Store, open_store
from tests.doubles.old_states import set_back
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result, rule

HOUR = timedelta(hours=1)
OTHER = "s3://other"


def by_queue(queue: str = "calls") -> LogObject:
    """What stands for the log file of an event that came by itself."""
    return replace(log_object(), url=f"{INLINE_URL}{queue}", etag="")


def bring(store: Store, *matches: Match, at: datetime = NOON, queue: str = "calls") -> None:
    """Events come by a queue."""
    obj = by_queue(queue)
    said = [replace(each, event=replace(each.event, object=obj)) for each in matches]
    store.recorder.complete([result(*said, obj=obj)], plans=[plan()], ruleset_digest="", now=at)


def confirm(store: Store, *matches: Match, at: datetime = NOON) -> None:
    """Their log file comes."""
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    obj = log_object()
    store.ledger.record_listing(SOURCE, listing(obj), is_sweep=True, now=at)
    (row,) = store.ledger.pending(SOURCE, now=at, limit=5)
    said = [replace(each, event=replace(each.event, object=obj)) for each in matches]
    store.recorder.complete([result(*said, row_id=row.row_id, obj=obj)], plans=[plan()], ruleset_digest="", now=at)


def test_what_is_not_confirmed_is_shown_with_its_alert_the_oldest_first(store: Store) -> None:
    bring(store, match("late"), at=NOON + 2 * HOUR)
    bring(store, match("early"), at=NOON)
    found = store.hearsay.overdue("calls", until=NOON + 3 * HOUR)
    assert found is not None
    assert (found.events, [each.event_id for each in found.first]) == (2, ["early", "late"])
    first = found.first[0]
    assert (first.event_name, first.account, first.region, first.actor) == (
        "DeleteGroup",
        "111122223333",
        "us-east-1",
        "alice",
    )
    assert store.find_alert(first.alert_id or "", now=NOON) is not None


def test_what_is_not_due_or_of_another_queue_is_left_out(store: Store) -> None:
    bring(store, match("event-1"), at=NOON)
    bring(store, match("event-2"), at=NOON, queue="calls#2")
    assert store.hearsay.overdue("calls", until=NOON - HOUR) is None
    found = store.hearsay.overdue("calls", until=NOON)
    assert found is not None
    assert [each.event_id for each in found.first] == ["event-1"]


def test_what_a_log_file_brought_is_no_hearsay_before_or_after(store: Store) -> None:
    bring(store, match("event-1"))
    confirm(store, match("event-1"), match("event-2"), at=NOON + HOUR)
    bring(store, match("event-2"), at=NOON + 2 * HOUR)
    assert store.hearsay.overdue("calls", until=NOON + 9 * HOUR) is None


def test_an_event_that_several_rules_matched_is_one(store: Store) -> None:
    bring(store, *(match("event-1", of=rule(f"rule-{n}")) for n in range(3)))
    found = store.hearsay.overdue("calls", until=NOON)
    assert found is not None
    assert (found.events, len(found.first)) == (1, 1)


def test_of_very_many_a_few_are_shown_and_all_are_counted(store: Store) -> None:
    bring(store, *(match(f"event-{n:04}") for n in range(700)))
    found = store.hearsay.overdue("calls", until=NOON)
    assert found is not None
    assert (found.events, len(found.first)) == (700, 5)


def test_what_was_told_is_not_overdue_again_also_after_a_restart(state_url: str) -> None:
    with open_store(state_url, now=NOON) as store:
        bring(store, match("event-1"))
        bring(store, match("event-2"), at=NOON + 2 * HOUR)
        assert store.hearsay.told_at("calls") is None
        store.hearsay.note_told("calls", until=NOON + HOUR, now=NOON + 7 * HOUR)
    with open_store(state_url, now=NOON) as store:
        assert store.hearsay.told_at("calls") == NOON + 7 * HOUR
        assert store.hearsay.told_at("calls#2") is None
        found = store.hearsay.overdue("calls", until=NOON + 9 * HOUR)
        assert found is not None
        assert [each.event_id for each in found.first] == ["event-2"]
        assert store.hearsay.counts({"calls": (NOON - HOUR, NOON + 9 * HOUR)}) == {"calls": 2}, "told is not confirmed"


def test_what_was_told_and_then_confirmed_keeps_nothing_from_being_told(store: Store) -> None:
    bring(store, match("event-1"))
    store.hearsay.note_told("calls", until=NOON, now=NOON + 7 * HOUR)
    confirm(store, match("event-1"), at=NOON + 8 * HOUR)
    assert store.hearsay.told_at("calls") is None


def test_a_queue_counts_what_it_brought_within_its_times(store: Store) -> None:
    for hours in range(4):
        bring(store, match(f"event-{hours}"), at=NOON + hours * HOUR)
    spans = {"calls": (NOON, NOON + 2 * HOUR), "nobody": (NOON, NOON + 2 * HOUR)}
    assert store.hearsay.counts(spans) == {"calls": 2, "nobody": 0}
    assert store.hearsay.counts({}) == {}


def test_sources_are_read_up_to_their_last_listing_or_what_waits(store: Store) -> None:
    assert store.hearsay.read_until([SOURCE]) is None
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    assert store.hearsay.read_until([SOURCE]) is None
    store.ledger.record_listing(SOURCE, listing(listed_at=NOON + HOUR), is_sweep=True, now=NOON + HOUR)
    assert store.hearsay.read_until([SOURCE]) == NOON + HOUR
    store.ledger.open_source(OTHER, start_at=None, now=NOON)
    assert store.hearsay.read_until([SOURCE, OTHER]) is None
    waiting = log_object(last_modified=NOON + timedelta(minutes=7))
    store.ledger.record_listing(SOURCE, listing(waiting, listed_at=NOON + HOUR), is_sweep=True, now=NOON + HOUR)
    assert store.hearsay.read_until([SOURCE]) == NOON + timedelta(minutes=7)


@pytest.mark.parametrize("columns", ["count(distinct event_id)", "max(doubted_at)"])
def test_looking_reads_the_index_of_just_these_and_not_all_matches(sqlite_store: Store, columns: str) -> None:
    looked_for = f"{IS_HEARSAY} AND object_url = ? AND recorded_at < ?"
    query = f"EXPLAIN QUERY PLAN SELECT {columns} FROM matches WHERE {looked_for}"
    with sqlite_store.database.reading() as connection:
        steps = [row[3] for row in connection.exec_driver_sql(query, ("queue:calls", 1))]
    assert any("ix_matches_hearsay (object_url=? AND recorded_at<?)" in step for step in steps), steps


def test_postgresql_may_use_that_index_too(postgres_url: str) -> None:
    with open_store(postgres_url, now=NOON) as store, store.database.reading() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        query = f"EXPLAIN SELECT count(*) FROM matches WHERE {IS_HEARSAY} AND object_url = 'queue:calls'"
        assert "ix_matches_hearsay" in "\n".join(row[0] for row in connection.exec_driver_sql(query))


def test_a_state_of_before_is_upgraded_and_its_unconfirmed_events_are_found(sqlite_url: str) -> None:
    with open_store(sqlite_url, now=NOON) as store:
        bring(store, match("event-1"))
        with store.database.writing() as connection:
            set_back(connection, to="0007")
    with open_store(sqlite_url, now=NOON) as store:
        assert store.hearsay.overdue("calls", until=NOON) is not None
