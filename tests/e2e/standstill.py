"""The daemon as it is, but that it stands still for good at one point of a file's way, and says so in its log.

`python -m tests.e2e.standstill evaluated FILE`: log files are read and evaluated, and nothing of it is written yet.
`python -m tests.e2e.standstill written FILE`: all of it is written, and the transaction is not committed yet.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

import structlog
from sqlalchemy import Connection, event

from daemon.config import Config
from daemon.model import ObjectResult
from daemon.ports import Recorder
from daemon.record.store import Store, open_store
from daemon.service.makers import Makers
from daemon.service.working import LOOP
from tests.e2e.quick_probes import run

SIGN = "stands still"


def stand_still(**seen: object) -> NoReturn:
    """Tell what there is, and wait to be killed."""
    structlog.get_logger("trailwarden").info(SIGN, **seen)
    threading.Event().wait()
    raise AssertionError("nobody sets it")


class Evaluated:
    """A recorder that takes notices, and stands still as soon as it is given what was evaluated."""

    def __init__(self, recorder: Recorder) -> None:
        self.notify = recorder.notify

    def complete(self, results: Sequence[ObjectResult], **_: Any) -> NoReturn:
        """Write nothing of it."""
        stand_still(matches=sum(len(result.matches) for result in results))


def stopping_before_writing(config: Config, now: datetime) -> Store:
    """The real store, but for its recorder."""
    store = open_store(config.state.url, now=now)
    store.recorder = Evaluated(store.recorder)  # type: ignore[assignment]
    return store


def stopping_before_the_commit(config: Config, now: datetime) -> Store:
    """The real store, up to the end of the transaction that completes log files."""
    store = open_store(config.state.url, now=now)

    @event.listens_for(store.database.engine, "commit")
    def stop(connection: Connection) -> None:
        is_writer = connection.get_execution_options().get("is_writer", False)
        if not is_writer or threading.current_thread().name != LOOP:
            return
        if matches := connection.exec_driver_sql("SELECT count(*) FROM matches").scalar_one():
            stand_still(matches=matches)

    return store


STORES = {"evaluated": stopping_before_writing, "written": stopping_before_the_commit}

if __name__ == "__main__":
    sys.exit(run(sys.argv[2], makers=Makers(store=STORES[sys.argv[1]])))
