"""The bursts of a history read back in order, each with the events that made it: what a backtest prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from daemon.model import Correlation, GroupKey
from daemon.record.burst_events import BURST_KEY, Burst, keys_of, read_burst
from daemon.record.contributing import sample_of
from daemon.record.correlation_state import from_us, group_of, known_numbers
from daemon.record.correlation_tables import bursts, correlation_groups
from daemon.record.engine import Database
from daemon.record.matches import StoredMatch
from daemon.trail.shown_group import shown_group
from daemon.windows import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFiring:
    """A burst: the event that completed its first window, its group, and the ids of all events that made it."""

    completed: StoredMatch
    group: GroupKey
    count: int
    events: tuple[str, ...]


def iter_firings(database: Database, in_force: Sequence[Correlation]) -> Iterator[StoredFiring]:
    """Every burst of correlations that are told, by time, event id and rule id."""
    if not in_force:
        return
    # Not `writing`: whoever reads matches at the same time would be in the way.
    with database.reading() as connection:
        numbers = known_numbers(connection, in_force)
        found = _Bursts(connection, numbers)
        order = bursts.c.first_at, bursts.c.id
        same: list[StoredFiring] = []
        for row in connection.execute(found.query.order_by(*order)).all():
            if numbers[row.correlation_id].is_silent:
                continue
            firing = found.firing(row)
            if same and same[0].completed.event_at != firing.completed.event_at:
                yield from sorted(same, key=_order)
                same = []
            same.append(firing)
        yield from sorted(same, key=_order)


def _order(firing: StoredFiring) -> tuple[str, str]:
    return firing.completed.event_id, firing.completed.rule_id


class _Bursts:
    """Reads bursts, and what made those that made them."""

    def __init__(self, connection: Connection, numbers: Mapping[int, Correlation]) -> None:
        self._connection = connection
        self._numbers = numbers
        joined = bursts.join(correlation_groups, correlation_groups.c.id == bursts.c.group_id)
        columns = bursts.c.id, bursts.c.group_id, bursts.c.first_at, bursts.c.last_at
        group = correlation_groups.c.correlation_id, correlation_groups.c.group_key
        self._all = select(*columns, *group).select_from(joined)
        self.query = self._all.where(correlation_groups.c.correlation_id.in_(list(numbers)))

    def firing(self, row: Any) -> StoredFiring:
        """As it is handed out."""
        correlation, burst = self._numbers[row.correlation_id], _burst(row)
        completed = self._completed(correlation, burst)
        events = tuple(dict.fromkeys(self._events(row)))
        sample = sample_of(completed.key, completed.told, rule="", summary="")
        return StoredFiring(
            completed=StoredMatch(
                rule_id=correlation.id,
                title=correlation.title,
                level=correlation.level,
                event_id=self._event(correlation, completed.key, completed.base),
                event_at=from_us(row.first_at),
                event_time=sample.time,
                event_name=sample.name,
                event_source=sample.source,
                account=sample.account,
                region=sample.region,
                actor=sample.actor,
                object_url=sample.object_url,
                alert_id="",
                recorded_at=from_us(row.first_at),
            ),
            group=shown_group(correlation, burst.group),
            count=len(events),
            events=events,
        )

    def _events(self, row: Any) -> Iterator[str]:
        correlation = self._numbers[row.correlation_id]
        for key, base in keys_of(self._connection, correlation, _burst(row)):
            if correlation.bases[base].is_correlation:
                yield from self._events(self._lower(key))
            else:
                yield key

    def _event(self, correlation: Correlation, key: str, base: int) -> str:
        """The event that completed a burst, also where that was a burst of another correlation."""
        while correlation.bases[base].is_correlation:
            lower = self._lower(key)
            correlation = self._numbers[lower.correlation_id]
            completed = self._completed(correlation, _burst(lower))
            key, base = completed.key, completed.base
        return key

    def _completed(self, correlation: Correlation, burst: Burst) -> Any:
        made = read_burst(self._connection, correlation, burst)
        if made is None:
            raise LookupError(f"of a history nothing is forgotten, but what made a burst of {correlation.id} is gone")
        return made.shown[0]

    def _lower(self, key: str) -> Any:
        return self._connection.execute(self._all.where(bursts.c.id == int(key.removeprefix(BURST_KEY)))).one()


def _burst(row: Any) -> Burst:
    return Burst(group_id=row.group_id, group=group_of(row.group_key), span=Span(row.first_at, row.last_at))
