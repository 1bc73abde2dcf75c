"""Random histories of a trail: deliveries up to 30 days late, polls, refusals, crashes, restarts, weeks of absence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from daemon.errors import EnvironmentReason, StoreError
from daemon.model import LogObject, Shard
from daemon.ports import Ledger
from daemon.sources.outcome import PollPolicy
from daemon.sources.poll import Poller
from daemon.trail.keys import Scope
from tests.doubles.trail import NOON, MemoryTrail, shard_of

SHARDS = [shard_of(f"11112222333{account}", region) for account in range(3) for region in ("eu-west-1", "us-east-1")]
START = "2026-02-20T00:00:00Z"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A file of a shard that comes so late."""

    shard: Shard
    late_by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Time passes, files come, and then, perhaps, there is a poll, which perhaps fails in part or breaks off."""

    wait: timedelta
    deliveries: list[Delivery]
    is_polled: bool = True
    is_finished: bool = True
    is_restarted: bool = False
    is_hidden: bool = False
    refused: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    reason: EnvironmentReason = EnvironmentReason.ACCESS_DENIED
    writes: int | None = None


_waits = st.one_of(
    st.integers(0, 20).map(lambda n: n * _MINUTE),
    st.integers(1, 30).map(lambda n: n * timedelta(hours=1)),
    st.integers(1, 60).map(lambda n: n * timedelta(days=1)),
)
_lateness = st.one_of(
    st.integers(0, 90).map(lambda n: n * _MINUTE),
    st.integers(0, 30 * 24).map(lambda n: n * timedelta(hours=1)),
)
_deliveries = st.builds(Delivery, shard=st.sampled_from(SHARDS), late_by=_lateness)
steps = st.lists(
    st.builds(
        Step,
        wait=_waits,
        deliveries=st.lists(_deliveries, max_size=4),
        is_polled=st.sampled_from([True, True, True, False]),
        is_finished=st.booleans(),
        is_restarted=st.booleans(),
        is_hidden=st.sampled_from([False, False, False, True]),
        refused=st.just(frozenset()) | st.frozensets(st.sampled_from([shard.path for shard in SHARDS])),
        denied=st.just(frozenset()) | st.frozensets(st.sampled_from([shard.account for shard in SHARDS])),
        reason=st.sampled_from([EnvironmentReason.ACCESS_DENIED, EnvironmentReason.UNREACHABLE]),
        writes=st.none() | st.none() | st.integers(0, 8),
    ),
    max_size=14,
)
policies = st.builds(
    PollPolicy,
    start=st.just(START),
    lookback=st.sampled_from([_MINUTE, timedelta(hours=1), timedelta(days=5)]),
    keep_objects=st.sampled_from([timedelta(hours=1), timedelta(days=3)]),
    concurrency=st.sampled_from([1, 3]),
    chunk=st.sampled_from([1, 3, 100]),
    sweep_every=st.sampled_from([timedelta(hours=1), timedelta(hours=6), timedelta(days=1)]),
    horizon=st.sampled_from([timedelta(days=35), timedelta(days=60)]),
)


class History:
    """Plays steps against a ledger. `finish` marks pending objects done, `crash_after` lets a write fail."""

    def __init__(
        self,
        policy: PollPolicy,
        ledger: Ledger,
        *,
        finish: Callable[[MemoryTrail], None],
        crash_after: Callable[[int | None], None],
    ) -> None:
        self.trail = MemoryTrail()
        self._policy = policy
        self._ledger = ledger
        self._finish = finish
        self._crash_after = crash_after
        self._poller = self._start()

    def _start(self) -> Poller:
        return Poller(self.trail, self._ledger, clock=self.trail.clock, scope=Scope(), policy=self._policy)

    def play(self, step: Step) -> None:
        """One step."""
        self.trail.now += step.wait
        for delivery in step.deliveries:
            self.trail.deliver(delivery.shard, self.trail.now - delivery.late_by)
        if step.is_restarted:
            self._poller = self._start()
        if step.is_polled:
            self._poll(step)

    def _poll(self, step: Step) -> None:
        def refuses(shard: Shard | None) -> EnvironmentReason | None:
            is_refused = step.is_hidden if shard is None else shard.path in step.refused
            return step.reason if is_refused else None

        self.trail.refuses, self.trail.denied = refuses, step.denied
        self._crash_after(step.writes)
        try:
            self._poller.poll()
        except StoreError:
            self._poller = self._start()
        self._crash_after(None)
        if step.is_finished:
            self._finish(self.trail)

    def settle(self) -> None:
        """Everything works again; a sweep's time later every shard has been swept."""
        for _ in range(2):
            self.play(Step(wait=self._policy.sweep_every, deliveries=[], is_restarted=True))

    def expected(self) -> list[str]:
        """The keys of all that had to be found."""
        return sorted(obj.key for _, obj in self.trail.delivered if _is_covered(obj))


def _is_covered(obj: LogObject) -> bool:
    return obj.stamped_at >= NOON.replace(month=2, day=20, hour=0)


def twice(keys: list[str]) -> list[str]:
    """The keys that came more than once."""
    return [key for key, count in Counter(keys).items() if count > 1]
