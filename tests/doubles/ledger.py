"""The ledger as a few dictionaries: the store's twin for tests of what is listed and taken."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from daemon.model import LogObject, ObjectState
from daemon.ports import Arrival, Entered, LedgerRow, Listing, ShardState

_ObjectId = tuple[str, datetime, str]
_FINISHED = {ObjectState.DONE, ObjectState.GONE}


def _id_of(obj: LogObject) -> _ObjectId:
    return obj.key.rsplit("/", 4)[0], obj.stamped_at, obj.unique


class MemoryLedger:
    """Implements ports.Ledger. `entered` is every object that ever came in as new; `before_write` may raise."""

    def __init__(self) -> None:
        self.entered: list[LogObject] = []
        self.before_write: Callable[[], None] = lambda: None
        self._sources: dict[str, datetime | None] = {}
        self._states: dict[str, dict[str, ShardState]] = {}
        self._rows: dict[str, dict[_ObjectId, LedgerRow]] = {}
        self._paused: dict[tuple[str, str], datetime | None] = {}

    def open_source(self, source: str, *, start_at: datetime | None, now: datetime) -> datetime | None:
        return self._sources.setdefault(source, start_at)

    def shard_states(self, source: str) -> dict[str, ShardState]:
        return dict(self._states.get(source, {}))

    def record_listing(
        self, source: str, listing: Listing, *, is_sweep: bool, now: datetime, done_before: datetime | None = None
    ) -> int:
        self.before_write()
        rows, states = self._rows.setdefault(source, {}), self._states.setdefault(source, {})
        known_rows = {found for found, row in rows.items() if row.state is not ObjectState.GONE}
        new = [obj for obj in listing.objects if _id_of(obj) not in known_rows]
        for obj in new:
            rows[_id_of(obj)] = LedgerRow(
                row_id=len(self.entered),
                source=source,
                object=obj,
                state=ObjectState.PENDING,
                reason=None,
                attempts=0,
                seen_at=now,
                due_at=now,
            )
            self.entered.append(obj)
        known = states.get(listing.shard.path)
        swept_at = listing.listed_at if is_sweep else known.swept_at if known else None
        states[listing.shard.path] = ShardState(shard=listing.shard, listed_at=listing.listed_at, swept_at=swept_at)
        if done_before is not None:
            self._prune(source, listing.shard.path, done_before)
        return len(new)

    def starts(self, names: Collection[str]) -> dict[str, datetime | None]:
        return {name: self._sources[name] for name in names if name in self._sources}

    def record_arrivals(self, arrivals: Sequence[Arrival], *, now: datetime) -> Entered:
        self.before_write()
        before = len(self.entered)
        for arrival in arrivals:
            states = self._states.setdefault(arrival.source, {})
            known = states.get(arrival.shard.path) or ShardState(shard=arrival.shard, listed_at=None, swept_at=None)
            listing = Listing(shard=arrival.shard, listed_at=now, objects=[arrival.object])
            self.record_listing(arrival.source, listing, is_sweep=False, now=now)
            states[arrival.shard.path] = known
        return Entered(new=len(self.entered) - before)

    def is_pending_over(self, names: Collection[str], most: int) -> bool:
        rows = [row for name in names for row in self.rows(name) if row.state is ObjectState.PENDING]
        return len(rows) > most

    def _prune(self, source: str, path: str, before: datetime) -> None:
        rows = self._rows[source]
        for found, row in list(rows.items()):
            is_old = max(row.object.stamped_at, row.object.last_modified) < before
            if found[0] == path and is_old and row.state in _FINISHED:
                del rows[found]

    def pending(self, source: str, *, now: datetime, limit: int, began_at: datetime | None = None) -> list[LedgerRow]:
        due = [
            row
            for (path, _, _), row in self._rows.get(source, {}).items()
            if row.state is ObjectState.PENDING and (row.attempts == 0 or row.due_at <= (began_at or now))
            if (self._paused.get((source, path)) or now) <= now
        ]
        return sorted(due, key=lambda row: (row.attempts > 0, row.object.stamped_at))[:limit]

    def finish(self, source: str, row: LedgerRow, state: ObjectState = ObjectState.DONE) -> None:
        """What the recording transaction would do."""
        self._rows[source][_id_of(row.object)] = replace(row, state=state)

    def rows(self, source: str) -> list[LedgerRow]:
        """Everything the ledger holds now."""
        return list(self._rows.get(source, {}).values())

    def defer(self, row_id: int, *, due_at: datetime, reason: str) -> None:
        for rows in self._rows.values():
            for found, row in rows.items():
                if row.row_id == row_id:
                    rows[found] = replace(row, due_at=due_at, reason=reason, attempts=row.attempts + 1)

    def pause_shard(self, source: str, path: str, *, until: datetime | None, reason: str) -> None:
        self._paused[source, path] = until

    def next_due_at(self, source: str) -> datetime | None:
        due = (row.due_at for row in self._rows.get(source, {}).values() if row.state is ObjectState.PENDING)
        return min(due, default=None)
