"""What the store learns of shards, in the transaction that completes their files; and silences over restarts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from daemon.model import ObjectResult, ObjectState, Shard
from daemon.model.activity import hour_of
from daemon.ports import Heard, Listing, ToldSilence, Whose
from daemon.record.activity_tables import activity, silences
from daemon.record.store import Store, open_store
from tests.doubles.old_states import set_back
from tests.doubles.trail import NOON, object_of, shard_of

SOURCE = "s3://bucket"
HOUR = timedelta(hours=1)
SHARD, OTHER = shard_of(), shard_of(region="us-east-1")


def come(store: Store, *hours_before: float, shard: Shard = SHARD, state: ObjectState = ObjectState.DONE) -> None:
    """Files stamped so many hours before noon are listed and worked on."""
    wait(store, *hours_before, shard=shard)
    rows = store.ledger.pending(SOURCE, now=NOON, limit=1000)
    results = [
        ObjectResult(
            row_id=row.row_id, object=row.object, state=state, newest_at=row.object.stamped_at - timedelta(minutes=3)
        )
        for row in rows
    ]
    store.recorder.complete(results, plans=(), ruleset_digest="", now=NOON)


def wait(store: Store, *hours_before: float, shard: Shard = SHARD) -> None:
    """Files are listed."""
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    files = [object_of(shard, NOON - n * HOUR, unique=f"u{n}") for n in hours_before]
    store.ledger.record_listing(SOURCE, Listing(shard=shard, listed_at=NOON, objects=files), is_sweep=True, now=NOON)


def heard(store: Store, shard: Shard = SHARD) -> Heard:
    (found,) = [each for each in store.activity.heard(SOURCE) if each.shard == shard]
    return found


def test_the_hours_in_which_files_were_stamped_are_learned_whatever_their_order(store: Store) -> None:
    come(store, 5, 5.5, 2)
    come(store, 30)
    come(store, 1)

    found = heard(store)
    assert found.hours is not None
    assert (found.hours.newest, found.hours.bits) == (hour_of(NOON) - 1, 1 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 29)
    assert (found.heard_at, found.event_at) == (NOON - HOUR, NOON - HOUR - timedelta(minutes=3))
    assert found.listed_at == NOON


def test_a_file_set_aside_was_heard_and_one_that_is_gone_was_not(store: Store) -> None:
    come(store, 5, state=ObjectState.QUARANTINED)
    come(store, 1, state=ObjectState.GONE)

    assert heard(store).heard_at == NOON - 5 * HOUR


def test_a_stamp_from_the_future_counts_as_now(store: Store) -> None:
    come(store, -24 * 365 * 70)

    found = heard(store)
    assert (found.heard_at, found.event_at, found.hours and found.hours.newest) == (NOON, NOON, hour_of(NOON))


def test_what_waits_is_told_apart_from_what_was_worked_on(store: Store) -> None:
    come(store, 5)
    wait(store, 2, 3)
    wait(store, 1, shard=OTHER)

    assert (heard(store).heard_at, heard(store).waits_from) == (NOON - 5 * HOUR, NOON - 2 * HOUR)
    assert (heard(store, OTHER).heard_at, heard(store, OTHER).hours) == (None, None)


def test_a_shard_takes_one_row_of_some_bytes_however_much_comes(store: Store) -> None:
    for week in range(12, -1, -1):
        come(store, *(week * 168 + hour for hour in range(168)))
    with store.database.reading() as connection:
        assert list(connection.scalars(select(func.length(activity.c.hours)))) == [168]


def test_silences_outlive_a_restart_and_end(state_url: str) -> None:
    whose, whole = Whose(account=SHARD.account, path=SHARD.path), Whose()
    told, untold = ToldSilence(since=NOON - HOUR, told_at=NOON), ToldSilence(since=NOON, told_at=None)
    with open_store(state_url, now=NOON) as store:
        wait(store)
        store.activity.note_silences(SOURCE, {whose: told, whole: untold})
        store.activity.note_silences(SOURCE, {})
    with open_store(state_url, now=NOON) as store:
        assert store.activity.silences(SOURCE) == {whose: told, whole: untold}
        assert store.activity.silences("s3://another") == {}
        store.activity.note_silences(SOURCE, {whose: None, whole: told})
        assert store.activity.silences(SOURCE) == {whole: told}


def test_a_source_began_when_it_was_first_opened(store: Store) -> None:
    assert store.activity.began_at(SOURCE) is None
    wait(store)
    assert store.activity.began_at(SOURCE) == NOON


def test_an_upgrade_takes_what_the_ledger_knows_as_heard(state_url: str) -> None:
    with open_store(state_url, now=NOON) as store:
        come(store, 7, -24 * 365 * 70)
        come(store, 9, shard=OTHER)
        with store.database.writing() as connection:
            for table in (activity, silences):
                table.drop(connection)
            set_back(connection, to="0007")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0006'")
    with open_store(state_url, now=NOON) as store:
        assert [each.heard_at for each in store.activity.heard(SOURCE)] == [NOON, NOON - 9 * HOUR]
        assert heard(store, OTHER).hours is not None
