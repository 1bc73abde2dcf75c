"""What PostgreSQL would refuse, found without one: its dialect, and its stricter idea of GROUP BY."""

from __future__ import annotations

from sqlalchemy import Select, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.elements import ClauseElement, Label
from sqlalchemy.sql.functions import FunctionElement

from daemon.model import (
    ChainState,
    CheckedDigest,
    Dead,
    DigestOutcome,
    Head,
    ListedFile,
    ObjectState,
    Outstanding,
    Proof,
    PublicKey,
    Retry,
    SendOutcome,
    Sent,
    Settlement,
)
from daemon.record.schema import metadata
from daemon.record.store import Store
from tests.doubles.sightings import novelty, sighting
from tests.doubles.state_values import NOON, SOURCE, finding, listing, log_object, match, plan, result

POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def statements_of(store: Store) -> list[ClauseElement]:
    """Everything that is asked of the database while objects come, alerts are sent, and state is counted and pruned."""
    asked: list[ClauseElement] = []

    @event.listens_for(store.database.engine, "before_execute")
    def note(_connection, statement, _many, _one, _options) -> None:  # type: ignore[no-untyped-def]  # SQLAlchemy's shape
        asked.append(statement)

    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object()), is_sweep=True, now=NOON, done_before=NOON)
    (row,) = store.ledger.pending(SOURCE, now=NOON, limit=9)
    store.ledger.next_due_at(SOURCE)
    many = [match(f"event-{number}", group=f"{number}") for number in range(25)]
    new = [sighting(f"sight-{number}", f"region-{number}") for number in range(3)]
    store.first_seen.begin([novelty()], now=NOON)
    store.first_seen.begin([], now=NOON)
    store.first_seen.learn(new[:1], now=NOON)
    store.first_seen.move_beginning([novelty()], since=NOON.replace(year=2025), now=NOON)
    store.first_seen.remembered([novelty()])
    done = result(*many, *new, row_id=row.row_id, state=ObjectState.QUARANTINED, reason="not_gzip")
    store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=NOON)
    outcomes: list[SendOutcome] = [
        Sent(remote_ref="C1/1.0"),
        Retry(reason="rate_limited"),
        Dead(reason="invalid_blocks"),
    ]
    for number, parcel in enumerate(store.outbox.due("security", now=NOON, limit=99, drain=True)):
        store.outbox.settle(parcel.delivery, outcomes[number % 3], now=NOON, due_at=None)
    store.outbox.due("security", now=NOON, limit=1, tried=(1, 2))
    store.outbox.next_due_at("security")
    speak_of_digests(store)
    store.counts()
    list(store.iter_matches(with_last_seen=True))
    store.retry_deliveries(None, now=NOON)
    store.set_removed_aside([], now=NOON)
    store.retry_objects([], all_quarantined=True, now=NOON)
    store.prune(keep_alerts=NOON - NOON, keep_objects=NOON - NOON, now=NOON.replace(year=2030))
    event.remove(store.database.engine, "before_execute", note)
    return [statement for statement in asked if isinstance(statement, ClauseElement)]


def speak_of_digests(store: Store) -> None:
    """All that proof of completeness asks of the store."""
    key = log_object().key
    named = Outstanding(
        file=ListedFile(bucket="trail", key=key, sha256="aa"), digest_key="d", trail="main", ended_at=NOON
    )
    head = Head(key="d", sha256="aa", signature="", ended_at=NOON)
    chain = ChainState(name="chain", log_path="logs", began_at=NOON, head=head)
    outcome = DigestOutcome.VERIFIED
    checked = CheckedDigest(key="d", etag="e", outcome=outcome, files=(named,), chain=chain, findings=(finding(),))
    digests = store.digests
    digests.record(SOURCE, checked, now=NOON)
    digests.began_at(SOURCE)
    digests.chains(SOURCE)
    digests.checked(SOURCE, ["d"])
    digests.outstanding(SOURCE, after="", limit=9)
    digests.known(SOURCE, [key])
    settlement = Settlement(proofs={1: Proof.PROVED}, settled=(key,), missed=("other",))
    digests.settle(SOURCE, settlement, now=NOON)
    digests.count_outstanding(SOURCE)
    many = (NOON, NOON)
    digests.not_vouched(SOURCE, "logs", stamped=many, delivered_before=NOON, seen_before=NOON, limit=9)
    digests.tell([event_id for event_id, _ in digests.untold(limit=9)], now=NOON)
    key_of_aws = PublicKey(region="r", fingerprint="f", der=b"d", valid_from=NOON, valid_until=NOON)
    digests.keep_public_keys([key_of_aws])
    digests.public_keys()


def test_every_statement_and_table_can_be_said_to_postgresql(sqlite_store: Store) -> None:
    asked = statements_of(sqlite_store)
    assert len(asked) > 50
    for statement in asked:
        if not isinstance(statement, sqlite.Insert):  # whose twin record.dialect makes
            assert str(statement.compile(dialect=POSTGRESQL))
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=POSTGRESQL))
        assert all(str(CreateIndex(index).compile(dialect=POSTGRESQL)) for index in table.indexes)


def test_what_is_not_grouped_by_is_not_selected(sqlite_store: Store) -> None:
    """SQLite takes any row's value there, PostgreSQL refuses the statement."""
    grouped = [asked for asked in statements_of(sqlite_store) if isinstance(asked, Select) and asked._group_by_clauses]
    assert len(grouped) >= 3
    for statement in grouped:
        keys = {str(key) for key in statement._group_by_clauses}
        columns = [column.element if isinstance(column, Label) else column for column in statement.selected_columns]
        assert {str(column) for column in columns if not isinstance(column, FunctionElement)} <= keys, str(statement)
