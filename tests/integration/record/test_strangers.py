"""Shards that only messages told of: bounded, and forgotten once nothing of them is left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daemon.model import LogObject, ObjectState, Shard
from daemon.ports import Arrival
from daemon.record.store import Store
from daemon.record.strangers import without_room
from tests.doubles.state_values import AMERICA, EUROPE, NOON, SOURCE, listing, log_object, result
from tests.doubles.strangers import crowd, other

LATER = NOON + timedelta(days=40)  # than the sweep's horizon and what is kept beyond it


@pytest.fixture
def opened(store: Store) -> Store:
    store.ledger.open_source(SOURCE, start_at=NOON, now=NOON)
    return store


def arrival(shard: Shard = EUROPE, unique: str = "AAAA") -> Arrival:
    return Arrival(source=SOURCE, shard=shard, object=log_object(unique, shard=shard))


def refused(store: Store, *numbers: int, most: int) -> list[str]:
    with store.database.writing() as connection:
        told = [arrival(other(number)).shard_of for number in numbers]
        return sorted(path.split("/")[1].lstrip("0") for _, path in without_room(connection, told, most=most))


def finish(store: Store, obj: LogObject, state: ObjectState = ObjectState.GONE) -> None:
    (row,) = (row for row in store.ledger.pending(SOURCE, now=NOON, limit=10) if row.object == obj)
    store.recorder.complete([result(row_id=row.row_id, obj=obj, state=state)], plans=[], ruleset_digest="", now=NOON)


def prune(store: Store) -> None:
    store.prune(keep_alerts=timedelta(days=90), keep_objects=timedelta(days=3), now=LATER)


def test_of_new_shards_only_so_many_have_room_and_known_ones_always_have(opened: Store) -> None:
    opened.ledger.record_arrivals([arrival(other(1))], now=NOON)
    assert refused(opened, 1, 2, 3, 3, most=2) == ["3"]
    assert refused(opened, 1, 2, 3, 3, most=1) == ["2", "3"]
    assert refused(opened, 1, 2, 3, 3, most=3) == []


def test_a_shard_that_was_listed_takes_no_room(opened: Store) -> None:
    opened.ledger.record_listing(SOURCE, listing(shard=other(1)), is_sweep=False, now=NOON)
    assert refused(opened, 1, 2, most=1) == []


def test_past_ten_thousand_shards_of_a_forger_the_others_are_left_in_the_queue(opened: Store) -> None:
    crowd(opened, 9_999)
    forged = [arrival(other(number)) for number in range(9_998, 20_000)]
    entered = opened.ledger.record_arrivals(forged, now=NOON)
    assert (entered.new, len(entered.without_room)) == (2, 10_000)
    assert entered.without_room.isdisjoint(each.shard_of for each in forged[:2])


def test_what_was_gone_is_forgotten_with_its_shard(opened: Store) -> None:
    opened.ledger.record_arrivals([arrival()], now=NOON)
    finish(opened, log_object("AAAA"))
    prune(opened)
    assert opened.list_objects(states=list(ObjectState), limit=10) == []
    assert opened.ledger.shard_states(SOURCE) == {}
    assert opened.ledger.record_arrivals([arrival()], now=LATER).new == 1


def test_what_waits_and_what_a_listing_has_shown_is_kept(opened: Store) -> None:
    opened.ledger.record_arrivals([arrival(), arrival(AMERICA)], now=NOON)
    opened.ledger.record_listing(SOURCE, listing(shard=AMERICA), is_sweep=False, now=NOON)
    finish(opened, log_object("AAAA", shard=AMERICA), ObjectState.DONE)
    prune(opened)
    assert set(opened.ledger.shard_states(SOURCE)) == {EUROPE.path, AMERICA.path}
    assert len(opened.list_objects(states=list(ObjectState), limit=10)) == 2
