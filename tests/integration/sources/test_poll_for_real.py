"""Polling a real S3 API into the real state store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from daemon.errors import EnvironmentReason, StoreError
from daemon.model import ObjectResult, ObjectState
from daemon.ports import Listing
from daemon.record.store import Store, open_scratch_store, open_store
from daemon.sources.outcome import PollOutcome, PollPolicy
from daemon.sources.poll import Poller
from daemon.sources.s3 import S3Source
from daemon.trail.keys import Scope
from tests.doubles.aws import Bucket, log_key, set_last_modified, source_over
from tests.doubles.deliveries import History, Step, policies, steps, twice
from tests.doubles.trail import NOON, MemoryTrail

HERE = "AWSLogs/111122223333/CloudTrail/eu-west-1"
THERE = "AWSLogs/444455556666/CloudTrail/us-east-1"
POLICY = PollPolicy(start="2020-01-01T00:00:00Z")


@dataclass(slots=True)
class Watch:
    """A bucket, a store and a poller over them, with a clock that can be moved ahead of the server's."""

    bucket: Bucket
    store: Store
    source: S3Source
    ahead: timedelta = timedelta(0)

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def poller(self) -> Poller:
        return Poller(self.source, self.store.ledger, clock=self.clock, scope=Scope(), policy=POLICY)

    def pending(self) -> list[str]:
        rows = self.store.ledger.pending(self.source.name, now=self.clock(), limit=10_000)
        return [row.object.unique for row in rows]

    def finish_all(self) -> None:
        rows = self.store.ledger.pending(self.source.name, now=self.clock(), limit=10_000)
        finish(self.store, self.source.name, now=self.clock())
        assert rows

    def poll(self) -> PollOutcome:
        return self.poller().poll()


def finish(store: Store, source: str, *, now: datetime) -> None:
    rows = store.ledger.pending(source, now=now, limit=10_000)
    done = [ObjectResult(row_id=row.row_id, object=row.object, state=ObjectState.DONE) for row in rows]
    store.recorder.complete(done, plans=(), ruleset_digest="", now=now)


@pytest.fixture
def watch(bucket: Bucket, tmp_path: Path) -> Iterator[Watch]:
    with open_store(f"sqlite:///{tmp_path}/state.db", now=NOON) as store:
        yield Watch(bucket, store, source_over(bucket))


def stamp(back: timedelta) -> str:
    return f"{datetime.now(UTC) - back:%Y%m%dT%H%MZ}"


def test_files_of_all_shards_become_pending_once_the_oldest_first(watch: Watch) -> None:
    watch.bucket.put(log_key("20260301T1005Z", "b"), log_key("20260228T2355Z", "a", shard=THERE))

    first, second = watch.poll(), watch.poll()

    assert (first.new_objects, first.shards, first.is_complete) == (2, 2, True)
    assert second.new_objects == 0
    assert watch.pending() == ["a", "b"]


def test_a_late_file_a_new_region_and_a_planted_future_are_taken_at_the_next_poll(watch: Watch) -> None:
    watch.bucket.put(log_key(stamp(timedelta(minutes=5)), "first"), log_key("20991231T2355Z", "planted"))
    watch.poll()
    watch.bucket.put(
        log_key(stamp(timedelta(minutes=55)), "late"),
        log_key(stamp(timedelta(days=20)), "region", shard=THERE),
        f"{HERE}/2099/12/31/strange.txt",
    )

    outcome = watch.poll()

    assert outcome.new_objects == 2
    assert outcome.skipped == {"not_a_log": 1}
    assert watch.pending() == ["region", "late", "first", "planted"]


def test_a_file_days_late_waits_for_the_sweep_and_old_files_do_not_come_back(watch: Watch) -> None:
    old = log_key(stamp(timedelta(days=30)), "old")
    watch.bucket.put(old, log_key(stamp(timedelta(minutes=5)), "new"))
    set_last_modified(watch.bucket.name, old, datetime.now(UTC) - timedelta(days=30))
    watch.poll()
    watch.finish_all()
    watch.bucket.put(log_key(stamp(timedelta(days=29)), "late"))

    assert watch.poll().new_objects == 0
    watch.ahead = timedelta(hours=6)
    assert watch.poll().new_objects == 1
    assert watch.pending() == ["late"]
    assert watch.store.list_objects(states=[ObjectState.DONE])[0].object.unique == "new"


def test_a_bucket_that_is_denied_for_a_while_loses_nothing(watch: Watch) -> None:
    watch.bucket.put(log_key(stamp(timedelta(minutes=5)), "before"))
    poller = watch.poller()
    poller.poll()
    watch.bucket.faults.refuse("ListObjectsV2", "AccessDenied", "Access Denied")
    watch.bucket.put(log_key(stamp(timedelta(minutes=4)), "meanwhile"))
    refused = poller.poll()
    watch.bucket.faults.clear()

    restored = poller.poll()

    assert refused.faults[EnvironmentReason.ACCESS_DENIED].count == 2
    assert "allow s3:ListBucket" in refused.faults[EnvironmentReason.ACCESS_DENIED].message
    assert restored.is_complete
    assert watch.pending() == ["before", "meanwhile"]


def test_one_denied_prefix_does_not_hold_up_the_others(watch: Watch) -> None:
    watch.bucket.put(log_key("20260301T1005Z", "here"), log_key("20260301T1005Z", "there", shard=THERE))
    watch.bucket.faults.refuse("ListObjectsV2", "AccessDenied", only="us-east-1%2F")

    outcome = watch.poll()

    assert watch.pending() == ["here"]
    assert outcome.faults[EnvironmentReason.ACCESS_DENIED].count == 1
    watch.bucket.faults.clear()
    assert watch.poll().new_objects == 1


def test_an_account_that_may_not_be_looked_into_is_told_and_the_others_go_on(watch: Watch) -> None:
    watch.bucket.put(log_key("20260301T1005Z", "here"), log_key("20260301T1005Z", "there", shard=THERE))
    watch.bucket.faults.refuse("ListObjectsV2", "AccessDenied", only="444455556666")

    outcome = watch.poll()

    assert watch.pending() == ["here"]
    assert "AWSLogs/444455556666/: access denied" in outcome.faults[EnvironmentReason.ACCESS_DENIED].message
    watch.bucket.faults.clear()
    assert watch.poll().is_complete
    assert watch.pending() == ["here", "there"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policies, steps)
def test_histories_hold_on_the_real_store(policy: PollPolicy, story: list[Step]) -> None:
    with open_scratch_store(now=NOON) as store:
        entered: list[str] = []
        ledger = _Crashing(store)
        history = History(
            policy,
            ledger,  # type: ignore[arg-type]  # hands everything else on
            finish=lambda trail: _finish_and_note(store, trail, entered),
            crash_after=ledger.crash_after,
        )
        for step in story:
            history.play(step)
        history.settle()

    assert sorted(set(entered)) == history.expected()
    assert twice(entered) == []


def _finish_and_note(store: Store, trail: MemoryTrail, entered: list[str]) -> None:
    entered += [row.object.key for row in store.ledger.pending(trail.name, now=trail.now, limit=10_000)]
    finish(store, trail.name, now=trail.now)


class _Crashing:
    """The store's ledger, whose writing of listings fails after so many times."""

    def __init__(self, store: Store) -> None:
        self._ledger = store.ledger
        self._left: Iterator[int] | None = None

    def crash_after(self, writes: int | None) -> None:
        self._left = None if writes is None else iter(range(writes))

    def record_listing(self, source: str, listing: Listing, **options: object) -> int:
        if self._left is not None and next(self._left, None) is None:
            raise StoreError("power cut")
        return self._ledger.record_listing(source, listing, **options)  # type: ignore[arg-type]  # as they came

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)
