"""A store that owes messages: recorded, looked at and settled in a line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from daemon.model import (
    Delivery,
    DeliveryKind,
    Level,
    Match,
    Plan,
    SendOutcome,
)
from daemon.ports import Parcel, Recorded
from daemon.record.store import Store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result, rule

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OPEN_ONLY = [plan(kinds=[DeliveryKind.OPEN])]


def record(store: Store, *matches: Match, plans: Sequence[Plan] | None = None, now: datetime = NOON) -> Recorded:
    store.ledger.open_source(SOURCE, start_at=None, now=now)
    obj = log_object(f"{now:%d%H%M%S%f}{matches[0].event.id}")
    store.ledger.record_listing(SOURCE, listing(obj), is_sweep=False, now=now)
    (row,) = store.ledger.pending(SOURCE, now=now, limit=1)
    done = result(*matches, row_id=row.row_id, obj=obj)
    chosen = [plan()] if plans is None else plans
    return store.recorder.complete([done], plans=chosen, ruleset_digest="", now=now)


def due(store: Store, *, now: datetime = NOON, limit: int = 100, drain: bool = False) -> list[Parcel]:
    return store.outbox.due("security", now=now, limit=limit, drain=drain)


def kinds(parcels: list[Parcel]) -> list[str]:
    return [parcel.delivery.kind.value for parcel in parcels]


def settle(store: Store, delivery: Delivery, outcome: SendOutcome, due_at: datetime | None = None) -> None:
    store.outbox.settle(delivery, outcome, now=NOON, due_at=due_at)


def states(store: Store) -> list[tuple[str, str, str | None]]:
    told = reversed(store.list_deliveries(limit=1000))
    return [(delivery.kind.value, delivery.state.value, delivery.reason) for delivery in told]


def flood(
    store: Store, count: int, *, now: datetime = NOON, prefix: str = "flood", level: Level = Level.HIGH
) -> Recorded:
    of = rule(f"{prefix}-{level}", level=level)
    found = [match(f"{prefix}-{number:03d}", group=f"{prefix}-{number:03d}", of=of) for number in range(count)]
    return record(store, *found, now=now)
