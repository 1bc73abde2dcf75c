"""A trail in memory, a ledger in memory and a poller over them: the setting of tests of what a poll takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from daemon.errors import StoreError
from daemon.sources.outcome import PollPolicy
from daemon.sources.poll import Poller
from daemon.trail.keys import Scope
from tests.doubles.ledger import MemoryLedger
from tests.doubles.trail import MemoryTrail, shard_of

HERE, THERE = shard_of(), shard_of(region="us-east-1")
OTHER = shard_of("444455556666")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVERYTHING = PollPolicy(start="2020-01-01T00:00:00Z", concurrency=2, chunk=3)


class Watch:
    """A trail, a ledger and a poller over them."""

    def __init__(self, policy: PollPolicy = EVERYTHING, scope: Scope | None = None) -> None:
        self.trail = MemoryTrail()
        self.ledger = MemoryLedger()
        self.policy = policy
        self.is_stopping = False
        self.restart(scope or Scope())

    def restart(self, scope: Scope | None = None) -> None:
        self.poller = Poller(
            self.trail,
            self.ledger,
            clock=self.trail.clock,
            scope=scope or Scope(),
            policy=self.policy,
            is_stopping=lambda: self.is_stopping,
        )

    def poll_after(self, wait: timedelta) -> list[str]:
        """Let time pass, poll, and finish what came; gives the unique parts of the new objects."""
        self.trail.now += wait
        before = len(self.ledger.entered)
        self.poller.poll()
        for row in self.ledger.pending(self.trail.name, now=self.trail.now, limit=10_000):
            self.ledger.finish(self.trail.name, row)
        return sorted(obj.unique for obj in self.ledger.entered[before:])


def power_cut_after(writes: int) -> Callable[[], None]:
    left = iter(range(writes))

    def write() -> None:
        if next(left, None) is None:
            raise StoreError("power cut")

    return write
