"""Does anything get lost? Months of deliveries on their worst days, through the real poller and the real ledger.

    .venv/bin/python -m benchmarks.delivery --files 1000000

Ends with an error unless every file was evaluated exactly once and the ledger stayed within its bound.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import structlog

from benchmarks.delivery_world import BEGIN, World, shards_of
from daemon.errors import SourceUnavailable
from daemon.model import ObjectResult, ObjectState
from daemon.record.store import Store, open_store
from daemon.sources.outcome import PollPolicy
from daemon.sources.poll import Poller
from daemon.trail.keys import Scope

POLICY = PollPolicy(start=BEGIN.isoformat(), poll_every=timedelta(hours=1), keep_objects=timedelta(days=3))
_DAY = timedelta(days=1)
_CHUNK = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`files` are written over `days`, in so many `shards`; what is late comes after that."""

    files: int
    days: int = 60
    shards: int = 8
    seed: int = 1
    policy: PollPolicy = POLICY


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of it. `most_rows` is the fullest that one shard's part of the ledger was at a day's end."""

    delivered: int = 0
    late: int = 0
    missed: int = 0
    twice: int = 0
    polls: int = 0
    lists: int = 0
    listed: int = 0
    deferred: int = 0
    restarts: int = 0
    most_rows: int = 0
    over_bound: int = 0
    bytes: int = 0
    seconds: float = 0.0
    days: int = 0
    evaluated: Counter[str] = field(default_factory=Counter)

    @property
    def is_proved(self) -> bool:
        """Whether nothing was missed, nothing came twice and nothing grew past its bound."""
        return not (self.missed or self.twice or self.over_bound) and self.delivered > 0


class Run:
    """One run over a state in `folder`."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._url = f"sqlite:///{folder}/state.db"
        self._chance = Random(plan.seed)
        self._world = World(shards=shards_of(plan.shards), chance=self._chance)
        self._report = Report()
        self._longest_outage = timedelta(0)
        self._store, self._poller = self._start()

    def _start(self) -> tuple[Store, Poller]:
        store = open_store(self._url, now=self._world.now)
        poller = Poller(self._world, store.ledger, clock=self._world.clock, scope=Scope(), policy=self._plan.policy)
        return store, poller

    def play(self, *, on_day: Callable[[int], None] = lambda day: None) -> Report:
        """All of it; the report says whether it is proved."""
        began_s = time.perf_counter()
        a_day = -(-self._plan.files // (self._plan.days * self._plan.shards))
        for day in range(self._plan.days + 31):
            self._world.skew = timedelta(seconds=self._chance.uniform(-180, 180))
            if day < self._plan.days:
                self._world.write(_DAY, files=a_day)
            self._day()
            self._look_at_rows()
            self._world.expire()
            on_day(day)
        return self._finish(began_s)

    def _day(self) -> None:
        end = self._world.now + _DAY
        while self._world.now < end:
            if self._chance.random() < 0.01:
                self._go_down()
            self._world.go_on(self._plan.policy.poll_every * self._chance.uniform(0.8, 1.2))
            self._poll()

    def _go_down(self) -> None:
        """Off for hours, now and then for two days; started again on the state that it left."""
        outage = timedelta(hours=self._chance.choice((1, 3, 9, 9, 48)))
        self._longest_outage = max(self._longest_outage, outage)
        self._store.close()
        self._world.go_on(outage)
        self._store, self._poller = self._start()
        self._report.restarts += 1

    def _poll(self) -> None:
        self._poller.poll()
        self._report.polls += 1
        self._work_off()

    def _work_off(self) -> None:
        began_at = self._world.now
        while rows := self._store.ledger.pending(
            self._world.name, now=self._world.now, began_at=began_at, limit=_CHUNK
        ):
            done = []
            for row in rows:
                try:
                    self._world.get(row.object)
                except SourceUnavailable:
                    self._report.deferred += 1
                    due_at = self._world.now + timedelta(minutes=5)
                    self._store.ledger.defer(row.row_id, due_at=due_at, reason="access_denied")
                    continue
                self._report.evaluated[row.object.key[-60:]] += 1
                done.append(ObjectResult(row_id=row.row_id, object=row.object, state=ObjectState.DONE))
            self._store.recorder.complete(done, plans=(), ruleset_digest="", now=self._world.now)

    def _look_at_rows(self) -> None:
        """A shard may hold what came since the last sweep that could prune, and `keep_objects` before that."""
        reach = (
            self._plan.policy.keep_objects
            + 2 * self._plan.policy.sweep_every
            + self._longest_outage
            + timedelta(hours=2)
        )
        query = (
            "SELECT path, COUNT(objects.id) FROM shards LEFT JOIN objects ON objects.shard_id = shards.id GROUP BY path"
        )
        with self._store.database.reading() as connection:
            for path, count in connection.exec_driver_sql(query):
                self._report.most_rows = max(self._report.most_rows, count)
                self._report.over_bound += count > self._world.arrived(path, since=self._world.now - reach)

    def _finish(self, began_s: float) -> Report:
        """All that is still on its way comes; then everything works for a day, in which each shard is swept."""
        report, world = self._report, self._world
        world.go_on(None)
        world.refuses = 0.0
        for _ in range(5):
            world.go_on(self._plan.policy.sweep_every)
            self._poll()
        report.days = (world.now - BEGIN) // _DAY
        report.delivered, report.late = world.delivered, world.late
        report.lists, report.listed = world.calls, world.listed
        report.missed = world.delivered - len(report.evaluated)
        report.twice = sum(count > 1 for count in report.evaluated.values())
        report.bytes = self._store.counts().state_bytes
        self._store.close()
        report.seconds = time.perf_counter() - began_s
        return report


def main() -> None:
    """Play it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    structlog.configure(processors=[lambda *_: (_ for _ in ()).throw(structlog.DropEvent)])
    with tempfile.TemporaryDirectory() as folder:
        report = Run(Plan(files=asked.files, seed=asked.seed), Path(folder)).play(
            on_day=lambda day: print(".", end="", flush=True)
        )
    print()
    shown = ("delivered", "late", "missed", "twice", "over_bound", "most_rows", "polls", "lists", "listed", "deferred")
    for name in (*shown, "restarts", "days", "bytes", "seconds"):
        print(f"{name:12} {getattr(report, name):>14,.0f}")
    if not report.is_proved:
        raise SystemExit("not proved: see missed, twice and over_bound")


if __name__ == "__main__":
    main()
