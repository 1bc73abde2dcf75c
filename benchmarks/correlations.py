"""Contributions to a correlation recorded and evaluated in SQLite: how many a second, and in how much memory.

`python -m benchmarks.correlations [--events N] [--groups N]`
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.detection import CAP
from benchmarks.many_rules import rules_of
from benchmarks.trailgen import generate_trail
from daemon.condition import Comparison
from daemon.detect.ruleset import RuleSet
from daemon.model import (
    Actor,
    Base,
    Bound,
    Bounds,
    Contribution,
    Correlation,
    CorrelationType,
    Event,
    Level,
    LogObject,
    ObjectResult,
    ObjectState,
    RuleOptions,
)
from daemon.ops.collector import relax_collector
from daemon.record.store import open_store

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
_A_FILE = 1_000
_FILES_A_BATCH = 8  # what the daemon records at a time, by memory
_PER_MILLE_BUSY = 2  # of events: those of one group in each hour, often enough to fire


def main() -> None:
    """Print contributions a second, and the memory that is resident at the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=100_000)
    asked = parser.parse_args()
    relax_collector()  # as every command does
    of = _correlation(asked.groups)
    ready = _a_thousand_rules()
    before = _resident_mb()
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'state.db'}", now=BEGIN)
        seconds, cpu_seconds, fired = 0.0, 0.0, 0
        for batch in _batches(of, events=asked.events, groups=asked.groups):
            began, cpu_began = time.perf_counter(), time.process_time()
            recorded = store.recorder.complete(
                batch, plans=(), ruleset_digest="", now=BEGIN + timedelta(days=1), correlations=[of]
            )
            seconds += time.perf_counter() - began
            cpu_seconds += time.process_time() - cpu_began
            fired += len(recorded.opened)
        size = store.counts().state_bytes
        store.close()
    print(f"{asked.events:,} contributions in {asked.groups:,} groups")
    print(
        f"{asked.events / seconds:,.0f} a second by the clock, {asked.events / cpu_seconds:,.0f} a second of CPU time"
    )
    print(f"{fired} alerts; {size / 1e6:,.0f} MB of state")
    print(f"{_resident_mb():.0f} MB resident; {before:.0f} with {len(ready.rules)} rules ready, before the first")


def _a_thousand_rules() -> RuleSet:
    """A set that has evaluated something, as in a daemon that runs."""
    ruleset = RuleSet(rules_of(1_000))
    ruleset.evaluate_object(next(data for _, data in generate_trail(1, 1, lambda _: 5_000)), max_bytes=CAP)
    return ruleset


def _correlation(groups: int) -> Correlation:
    return Correlation(
        id="11111111-1111-4111-8111-111111111111",
        title="Many denied calls",
        level=Level.MEDIUM,
        status="test",
        tags=(),
        description="",
        false_positives=(),
        references=(),
        options=RuleOptions(),
        path="rules/denied.yml",
        digest="",
        type=CorrelationType.EVENT_COUNT,
        bases=(Base(rule_id="base", reference="denied", keys=("derived.principal",)),),
        group_by=("derived.principal",),
        timespan=timedelta(minutes=10),
        condition=Bounds(bounds=(Bound(comparison=Comparison.GTE, value=8),)),
        max_groups=groups,
    )


def _batches(of: Correlation, *, events: int, groups: int) -> Iterator[list[ObjectResult]]:
    """Files of events whose times go on, and come up to ten minutes late."""
    chance = random.Random(7)
    batch: list[ObjectResult] = []
    for start in range(0, events, _A_FILE):
        numbers = range(start, min(start + _A_FILE, events))
        found = tuple(_contribution(of, number, events=events, groups=groups, chance=chance) for number in numbers)
        obj = found[0].event.object
        batch.append(ObjectResult(row_id=None, object=obj, state=ObjectState.DONE, contributions=found))
        if len(batch) == _FILES_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _contribution(of: Correlation, number: int, *, events: int, groups: int, chance: random.Random) -> Contribution:
    day_us = 86_400_000_000
    at = BEGIN + timedelta(microseconds=day_us * number // events - chance.randrange(600_000_000))
    is_busy = chance.randrange(1000) < _PER_MILLE_BUSY
    user = f"busy-{24 * number // events}" if is_busy else str(chance.randrange(groups - 24))
    group = f"arn:aws:iam::111122223333:user/{user}"
    return Contribution(
        correlation=of,
        base=0,
        group=(("derived.principal", group),),
        event=Event(
            id=f"{number:08x}-1111-4111-8111-111111111111",
            time=f"{at:%Y-%m-%dT%H:%M:%SZ}",
            at=at,
            source="iam.amazonaws.com",
            name="DeleteGroup",
            account="111122223333",
            region="us-east-1",
            actor=Actor(label="alice", principal=group, kind="IAMUser"),
            object=_object(number // _A_FILE),
        ),
        values=(),
        record={"eventName": "DeleteGroup", "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli/2.15"},
    )


def _object(number: int) -> LogObject:
    key = f"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/{number:016d}.json.gz"
    return LogObject(
        bucket="example-trail",
        key=key,
        account="111122223333",
        region="us-east-1",
        org_id=None,
        kind="CloudTrail",
        stamped_at=BEGIN,
        unique=f"{number:016d}",
        size=1,
        etag="",
        last_modified=BEGIN,
        url=f"s3://example-trail/{key}",
    )


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
