"""Processes that write to a state store as a daemon would: `write URL NAME`, and `kill FOLDER`, which dies of it.

Run as `python -m tests.doubles.state_writers`, so that the transactions under test are those of other processes.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import event

from daemon.model import ObjectResult
from daemon.record.store import Access, Settings, Store, open_store
from tests.doubles.state_values import NOON, SOURCE, listing, log_object, match, plan, result

EVENTS, GROUPS = 60, 3


def write(url: str, name: str) -> None:
    """Record the same events as every other writer, one a transaction, each in a log file of this writer's own."""
    with open_store(url, now=NOON, access=Access.SHARE) as store:
        for number in range(EVENTS):
            unique = f"{name}{number:08d}"
            new = listing(log_object(unique))
            store.ledger.record_listing(SOURCE, new, is_sweep=False, now=NOON)
            rows = store.ledger.pending(SOURCE, now=NOON, limit=10_000)
            (row,) = (row for row in rows if row.object.unique == unique)
            found = match(f"event-{number}", group=f"group-{number % GROUPS}")
            done = result(found, row_id=row.row_id, obj=row.object)
            store.recorder.complete([done], plans=[plan()], ruleset_digest="", now=NOON)


def kill(folder: Path) -> None:
    """Do one transaction in ever new stores, killed before its first statement, its second, … until one survives."""
    for steps in count(1):
        child = os.fork()
        if child == 0:
            _die_after(steps, folder / f"{steps:03d}.db")
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            sys.stdout.write(f"{steps}\n")
            return


def _die_after(steps: int, path: Path) -> None:
    store = open_store(f"sqlite:///{path}", now=NOON, settings=Settings(match_cap=30))
    store.ledger.open_source(SOURCE, start_at=None, now=NOON)
    store.ledger.record_listing(SOURCE, listing(log_object("A"), log_object("B")), is_sweep=False, now=NOON)
    first, second = store.ledger.pending(SOURCE, now=NOON, limit=2)
    left = iter(range(steps - 1, -1, -1))

    def step(*_arguments: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "commit"):
        event.listen(store.database.engine, moment, step)
    results = [
        result(*(match(f"{name}{n}", group=f"{n}") for n in range(25)), row_id=row.row_id, obj=row.object)
        for name, row in (("a", first), ("b", second))
    ]
    _complete(store, results)


def _complete(store: Store, results: list[ObjectResult]) -> None:
    now = NOON + timedelta(seconds=1)
    store.recorder.complete(results, plans=[plan(), plan("other")], ruleset_digest="", now=now)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], sys.argv[3])
    else:
        kill(Path(sys.argv[2]))
