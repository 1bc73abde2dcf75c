"""The outbox worked off for every destination; `lane` is the same for one, for a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from daemon.notify.lane import Lane, LaneHooks, LaneReport
from daemon.notify.pacing import Pacer
from daemon.ports import Clock, Notifier, Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReport:
    """What each destination's turn did."""

    lanes: Mapping[str, LaneReport] = field(default_factory=dict)

    @property
    def next_at(self) -> datetime | None:
        """When the first of them has something to do; None when nothing is owed to anybody."""
        return min((report.next_at for report in self.lanes.values() if report.next_at is not None), default=None)

    @property
    def paced_until(self) -> datetime | None:
        """When the next message that is due now has its turn; None when everything due was tried."""
        return min(
            (report.next_at for report in self.lanes.values() if report.is_paced and report.next_at), default=None
        )

    @property
    def attempts(self) -> int:
        """How many sends were tried."""
        return sum(report.sent + report.retried + report.dead for report in self.lanes.values())

    @property
    def fallen_back(self) -> int:
        """How many alerts are owed to further destinations now, since theirs are paused."""
        return sum(report.fallen_back for report in self.lanes.values())

    @property
    def has_failures(self) -> bool:
        """Whether anything was put off or given up."""
        return any(report.retried or report.dead for report in self.lanes.values())


class Dispatcher:
    """The lanes of all enabled destinations. `pacers` by destination; two that share a channel share one.

    `update_pacers` are for changes to messages.
    """

    def __init__(
        self,
        outbox: Outbox,
        notifiers: Iterable[Notifier],
        *,
        clock: Clock,
        jitter: Callable[[], float],
        hooks: LaneHooks | None = None,
        pacers: Mapping[str, Pacer] | None = None,
        update_pacers: Mapping[str, Pacer] | None = None,
    ) -> None:
        paced, updates_paced = pacers or {}, update_pacers or {}
        self._lanes = {
            notifier.name: Lane(
                notifier=notifier,
                outbox=outbox,
                clock=clock,
                jitter=jitter,
                hooks=hooks,
                pacer=paced.get(notifier.name),
                update_pacer=updates_paced.get(notifier.name),
            )
            for notifier in notifiers
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The destinations, in the order of the configuration."""
        return tuple(self._lanes)

    def lane(self, destination: str) -> Lane:
        """One destination's lane, to be used by one thread at a time."""
        return self._lanes[destination]

    def run_once(self, *, drain: bool = False) -> DispatchReport:
        """One turn of every lane, one after the other. Raises StoreError."""
        return DispatchReport(lanes={name: lane.run_once(drain=drain) for name, lane in self._lanes.items()})
