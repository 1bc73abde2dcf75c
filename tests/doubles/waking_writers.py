"""A process that lets alerts fall back and be escalated, and is killed before each of its statements: `FOLDER`.

Run as `python -m tests.doubles.waking_writers`; each try works on a copy of one state, `001.db` and on.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import event

from daemon.model import DeliveryKind, Level, Route
from daemon.record.store import Store, open_store
from daemon.record.waking import SqlWaking
from tests.doubles.owing import record
from tests.doubles.state_values import NOON, match, plan

LATER = NOON + timedelta(minutes=30)
ROUTE = Route(destinations=("security",), escalate_after=timedelta(minutes=30), escalate_to=("oncall",))
SECURITY, OTHER, ONCALL = (
    replace(plan(name, kinds=[DeliveryKind.OPEN], min_level=level), routes=(ROUTE,))
    for name, level in (("security", Level.LOW), ("pager", Level.CRITICAL), ("oncall", Level.CRITICAL))
)


def prepare(path: Path) -> None:
    """Twenty-three alerts, of which a summary tells three, that nobody has answered."""
    with open_store(f"sqlite:///{path}", now=NOON) as store:
        record(store, *(match(f"e{n}", group=f"g{n}") for n in range(23)), plans=[SECURITY, OTHER, ONCALL])


def wake(store: Store) -> None:
    """Everything that is looked at now and then, once."""
    waking = SqlWaking(store.database)
    waking.fall_back("security", OTHER, until=LATER, now=LATER)
    waking.escalate([SECURITY, OTHER, ONCALL], now=LATER)


def kill(folder: Path) -> None:
    """Wake in ever new copies, killed before the first statement, the second, … until one survives."""
    prepare(folder / "000.db")
    for steps in count(1):
        path = folder / f"{steps:03d}.db"
        shutil.copy(folder / "000.db", path)
        child = os.fork()
        if child == 0:
            _die_after(steps, path)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            sys.stdout.write(f"{steps}\n")
            return


def _die_after(steps: int, path: Path) -> None:
    with closing(open_store(f"sqlite:///{path}", now=LATER)) as store:
        left = iter(range(steps - 1, -1, -1))

        def step(*_arguments: object) -> None:
            if next(left, None) == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        for moment in ("before_cursor_execute", "commit"):
            event.listen(store.database.engine, moment, step)
        wake(store)


if __name__ == "__main__":
    kill(Path(sys.argv[1]))
