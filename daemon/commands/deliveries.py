"""`deliveries list|retry`: the messages owed and sent; each function prints and gives the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daemon.commands.moments import moment
from daemon.commands.tables import print_line, print_rows
from daemon.model import Delivery, DeliveryState
from daemon.record.store import Store

_COLUMNS = ("id", "created_at", "destination", "kind", "level", "state", "reason", "attempts", "due_at", "alert")


def list_deliveries(store: Store, *, state: DeliveryState | None, limit: int, as_json: bool) -> int:
    """Print the newest deliveries, of one state or of all."""
    found = store.list_deliveries(state=state, limit=limit)
    print_rows(_COLUMNS, [_row(delivery) for delivery in found], as_json=as_json)
    return 0


def retry_deliveries(store: Store, ids: Sequence[int], *, all_dead: bool, now: datetime) -> int:
    """Put dead deliveries back; 1 when one of the numbers is not dead, 2 when nothing was named."""
    if not ids and not all_dead:
        print_line(
            "name the number of a dead delivery (`trailwarden deliveries list`), or say --all-dead", is_error=True
        )
        return 2
    dead = {delivery.id for delivery in store.list_deliveries(state=DeliveryState.DEAD, limit=None)}
    count = store.retry_deliveries(None if all_dead else ids, now=now)
    print_line(f"{count} put back; a running daemon sends them by itself")
    unknown = [number for number in ids if number not in dead]
    for number in unknown:
        print_line(f"{number}: no dead delivery has this number", is_error=True)
    left = [each for each in store.list_deliveries(state=DeliveryState.DEAD, limit=None) if all_dead or each.id in ids]
    for destination in sorted({each.destination for each in left}):
        owed = sum(each.destination == destination for each in left)
        print_line(f"{owed} stay dead: no destination is called {destination} at present", is_error=True)
    return int(bool(unknown or left))


def _row(delivery: Delivery) -> tuple[object, ...]:
    is_due = delivery.state is DeliveryState.DUE
    return (
        delivery.id,
        moment(delivery.created_at),
        delivery.destination,
        delivery.kind.value,
        delivery.level.value,
        delivery.state.value,
        delivery.reason,
        delivery.attempts,
        moment(delivery.due_at) if is_due else None,
        delivery.alert_id,
    )
