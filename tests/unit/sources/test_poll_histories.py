"""Whatever happens to a trail and its watcher, every file is found and none is new twice."""

from __future__ import annotations

from hypothesis import given, settings

from daemon.errors import StoreError
from daemon.sources.outcome import PollPolicy
from tests.doubles.deliveries import History, Step, policies, steps, twice
from tests.doubles.ledger import MemoryLedger
from tests.doubles.trail import MemoryTrail


def history_of(policy: PollPolicy) -> tuple[History, MemoryLedger]:
    ledger = MemoryLedger()

    def finish(trail: MemoryTrail) -> None:
        for row in ledger.pending(trail.name, now=trail.now, limit=10_000):
            ledger.finish(trail.name, row)

    def crash_after(writes: int | None) -> None:
        left = None if writes is None else iter(range(writes))

        def write() -> None:
            if left is not None and next(left, None) is None:
                raise StoreError("power cut")

        ledger.before_write = write

    return History(policy, ledger, finish=finish, crash_after=crash_after), ledger


@settings(max_examples=150, deadline=None)
@given(policies, steps)
def test_nothing_is_missed_and_nothing_is_new_twice(policy: PollPolicy, story: list[Step]) -> None:
    history, ledger = history_of(policy)

    for step in story:
        history.play(step)
    history.settle()

    entered = [obj.key for obj in ledger.entered]
    assert sorted(set(entered)) == history.expected()
    assert twice(entered) == []
