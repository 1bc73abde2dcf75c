"""An outbox in memory that keeps the port's promises: order by level then age, children after their parent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from daemon.errors import StoreError
from daemon.model import OFTEN, Dead, Delivery, DeliveryKind, DeliveryState, Pause, SendOutcome, Sent
from daemon.ports import Parcel


class MemoryOutbox:
    """Deliveries by id. `fails` makes the next settlements raise, as a full disk would."""

    def __init__(self, *parcels: Parcel) -> None:
        self.parcels = {parcel.delivery.id: parcel for parcel in parcels}
        self.settled: list[tuple[int, SendOutcome]] = []
        self.failures_left = 0

    def add(self, parcel: Parcel) -> None:
        self.parcels[parcel.delivery.id] = parcel

    def delivery(self, delivery_id: int) -> Delivery:
        return self.parcels[delivery_id].delivery

    def due(
        self,
        destination: str,
        *,
        now: datetime,
        limit: int,
        drain: bool = False,
        tried: Collection[int] | None = None,
        without: Collection[DeliveryKind] = (),
    ) -> list[Parcel]:
        found = [
            self._with_parent(parcel)
            for parcel in self.parcels.values()
            if self._is_owed(parcel.delivery, destination)
            and parcel.delivery.kind not in without
            and (parcel.delivery.due_at <= now or (drain and parcel.delivery.kind is DeliveryKind.SUMMARY))
        ]
        found.sort(key=lambda parcel: _place(parcel.delivery, tried))
        return found[:limit]

    def settle(self, delivery: Delivery, outcome: SendOutcome, *, now: datetime, due_at: datetime | None) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise StoreError("disk full")
        parcel = self.parcels[delivery.id]
        ends: dict[type, DeliveryState] = {Sent: DeliveryState.SENT, Dead: DeliveryState.DEAD}
        is_pause = isinstance(outcome, Pause)
        state = ends.get(type(outcome), DeliveryState.DUE)
        self.parcels[delivery.id] = replace(
            parcel,
            delivery=replace(
                parcel.delivery,
                state=state,
                attempts=delivery.attempts + (not is_pause),
                due_at=delivery.due_at if is_pause else due_at or delivery.due_at,
                remote_ref=outcome.remote_ref if isinstance(outcome, Sent) else None,
                reason=None if isinstance(outcome, Sent) else outcome.reason,
            ),
        )
        self.settled.append((delivery.id, outcome))

    def next_due_at(self, destination: str) -> datetime | None:
        owed = (parcel.delivery for parcel in self.parcels.values() if self._is_owed(parcel.delivery, destination))
        return min((delivery.due_at for delivery in owed), default=None)

    def _is_owed(self, delivery: Delivery, destination: str) -> bool:
        parent = self._parent(delivery)
        is_free = parent is None or parent.state is DeliveryState.SENT
        return delivery.destination == destination and delivery.state is DeliveryState.DUE and is_free

    def _with_parent(self, parcel: Parcel) -> Parcel:
        parent = self._parent(parcel.delivery)
        return replace(parcel, delivery=replace(parcel.delivery, parent_ref=parent.remote_ref)) if parent else parcel

    def _parent(self, delivery: Delivery) -> Delivery | None:
        if delivery.kind is not DeliveryKind.DETAILS:
            return None
        kin = (parcel.delivery for parcel in self.parcels.values())
        return next(
            one
            for one in kin
            if one.kind is DeliveryKind.OPEN
            and (one.alert_id, one.destination) == (delivery.alert_id, delivery.destination)
        )


def _place(delivery: Delivery, tried: Collection[int] | None) -> tuple[float, ...]:
    if not tried:
        is_last = delivery.is_singled_out if tried is None else delivery.attempts >= OFTEN
        return is_last, -delivery.level.rank, delivery.created_at.timestamp(), delivery.id
    rank = 2 if delivery.id in tried else delivery.is_singled_out
    turn = 1 if len(tried) % 2 else -1
    return rank, turn * delivery.created_at.timestamp(), turn * delivery.id
