"""A disk that is full, a state that stays locked, clocks that jump: told, counted, and nothing lost or told twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime, timedelta

import pytest

from daemon.config import Config
from daemon.errors import StoreError
from daemon.record.store import Settings, Store, open_store
from daemon.service.daemon import Daemon
from daemon.service.life import run_cycle
from tests.doubles.daemons import NOON, Place, event
from tests.doubles.state_values import path_of

DAY = timedelta(days=1)
_FILES = 400


def _hasty(config: Config, now: datetime) -> Store:
    """A store that gives up at once where another has locked it."""
    return open_store(config.state.url, now=now, settings=Settings(busy_timeout_s=0.05))


@contextmanager
def _full(daemon: Daemon) -> Iterator[None]:
    """A disk on which the state cannot grow."""
    pages = "PRAGMA max_page_count={}"
    with daemon.shared.store.database.reading() as connection:
        connection.exec_driver_sql(pages.format(1))  # SQLite takes the number of pages there are
    yield
    with daemon.shared.store.database.reading() as connection:
        connection.exec_driver_sql(pages.format(1_000_000))


@contextmanager
def _locked(daemon: Daemon) -> Iterator[None]:
    with closing(sqlite3.connect(path_of(daemon.shared.store), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("fault", [_full, _locked], ids=["full", "locked"])
def test_a_state_that_cannot_be_written_is_counted_and_what_was_not_recorded_is_done_later(
    place: Place, fault: Callable[[Daemon], AbstractContextManager[None]]
) -> None:
    with place.daemon(store=_hasty) as daemon:
        (watched,) = daemon.watched
        daemon.polling.poll(watched)
        for number in range(_FILES):
            place.put(event(number), stamp=NOON + timedelta(minutes=number % 50), unique=f"{number:016}")
        place.clock.advance(timedelta(hours=1))
        with fault(daemon):
            assert daemon.polling.poll(watched) is None
        assert _failed_polls(daemon) == 1
        daemon.polling.poll(watched)
        with fault(daemon), pytest.raises(StoreError):
            daemon.worker.work_off()
        assert daemon.worker.work_off().done == _FILES
        assert len(list(daemon.shared.store.iter_matches())) == _FILES


@pytest.mark.parametrize("jump", [-400 * DAY, -timedelta(hours=3), timedelta(hours=3), 400 * DAY], ids=str)
def test_a_clock_that_jumps_and_comes_back_costs_no_file_and_doubles_none(place: Place, jump: timedelta) -> None:
    with place.daemon() as daemon:
        for number, moved in enumerate((timedelta(), jump, -jump)):
            place.put(event(2 * number), stamp=NOON + timedelta(minutes=number), unique=f"{number:016}")
            run_cycle(daemon)
            place.clock.advance(moved)
            place.put(event(2 * number + 1), stamp=NOON + timedelta(minutes=number), unique=f"{number + 50:016}")
            run_cycle(daemon)
        assert len(list(daemon.shared.store.iter_matches())) == 6
        assert daemon.shared.store.counts().sources[daemon.watched[0].source.name].pending == 0


def _failed_polls(daemon: Daemon) -> float:
    source = daemon.watched[0].source.name
    value = daemon.shared.metrics.registry.get_sample_value(
        "trailwarden_poll_errors_total", {"source": source, "reason": "state"}
    )
    return value or 0
