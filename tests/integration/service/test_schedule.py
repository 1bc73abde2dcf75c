"""When sources are polled: at the start and then again and again, each by itself and never twice at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daemon.ports import Discovery
from daemon.service.daemon import Daemon
from daemon.service.life import run_until_stopped
from tests.doubles.daemons import CONFIG, Place, Standing, make_place

TWO = CONFIG.replace('{{url: "file:bucket"}}', '{{url: "file:bucket"}}, {{url: "file:slow"}}')
INTERVALS = 5


class Told(Standing):
    """A source that tells the test of each poll as it begins."""

    def __init__(self, config: Any, **options: Any) -> None:
        super().__init__(config, **options)
        self.begun: queue.Queue[str] = queue.Queue()

    def discover(self) -> Discovery:
        self.begun.put(self.name)
        return super().discover()

    def wait(self, polls: int = 1) -> None:
        """Until so many polls more have begun."""
        for _ in range(polls):
            self.begun.get(timeout=20)


class Slow(Told):
    """One whose polls take until the test lets them go, one by one."""

    def __init__(self, config: Any, **options: Any) -> None:
        super().__init__(config, **options)
        self.let_go = threading.Semaphore(0)

    def discover(self) -> Discovery:
        found = super().discover()
        assert self.let_go.acquire(timeout=60)
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "slow").mkdir()
    return make_place(tmp_path)


@contextmanager
def polling(place: Place, *, every: timedelta) -> Iterator[tuple[Told, Slow]]:
    """A daemon with two sources at work: a quick one, and one that takes as long as the test wants."""
    made: dict[str, Any] = {}

    def source(config: Any, **options: Any) -> Told:
        name = Path(config.url).name
        each = Slow(config, **options) if name == "slow" else Told(config, **options)
        made[name] = each
        return each

    with place.daemon(config=TWO, source=source) as daemon, ThreadPoolExecutor(1) as pool:
        future = pool.submit(run_until_stopped, _polled(daemon, every=every), listen=("127.0.0.1", 0))
        try:
            yield made["bucket"], made["slow"]
        finally:
            daemon.stopping.set()
            made["slow"].let_go.release(100)
            assert future.result(timeout=20) == 0


def _polled(daemon: Daemon, *, every: timedelta) -> Daemon:
    """The daemon with shorter intervals than a configuration can name."""
    quick = [replace(each, config=each.config.model_copy(update={"poll_every": every})) for each in daemon.watched]
    return replace(daemon, watched=tuple(quick))


def test_every_source_is_polled_at_the_start_however_long_its_interval_is(place: Place) -> None:
    with polling(place, every=timedelta(days=1)) as (quick, slow):
        quick.wait()
        slow.wait()


def test_a_poll_that_outlasts_its_interval_is_not_begun_again_and_keeps_no_other_source_from_its_own(
    place: Place,
) -> None:
    with polling(place, every=timedelta(milliseconds=50)) as (quick, slow):
        slow.wait()
        quick.wait(INTERVALS)
        assert slow.begun.empty()

        slow.let_go.release()
        slow.wait()  # its next interval
        quick.wait(INTERVALS)
        assert slow.begun.empty()
