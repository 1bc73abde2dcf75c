"""The daemon's loops from start to end: it works by itself, tells how it is, and ends in time whatever hangs."""

from __future__ import annotations

import asyncio
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from anyio import from_thread
from structlog.testing import capture_logs

from daemon.errors import ConfigError, EnvironmentReason, SourceUnavailable
from daemon.model import LogObject, ObjectState, SendOutcome, Sent
from daemon.ops.http import bind
from daemon.ops.metrics import StoreGauges
from daemon.ports import Parcel
from daemon.service.daemon import Daemon
from daemon.service.life import run_until_stopped
from tests.doubles.daemons import NOON, Place, Standing, event
from tests.doubles.rule_text import rule_text


def eventually(look: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not look():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@contextmanager
def running(daemon: Daemon) -> Iterator[tuple[Future[int], int]]:
    """The daemon on a thread, with the port of its pages; told to stop at the end."""
    with capture_logs() as lines, ThreadPoolExecutor(1) as pool:
        future = pool.submit(run_until_stopped, daemon, listen=("127.0.0.1", 0))
        try:
            eventually(lambda: future.done() or any("port" in line for line in lines))
            yield future, next(line["port"] for line in lines if "port" in line)
        finally:
            daemon.stopping.set()


def page(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def states(daemon: Daemon) -> list[ObjectState]:
    return [row.state for row in daemon.shared.store.list_objects(states=list(ObjectState))]


def test_it_polls_evaluates_tells_and_ends_when_it_is_told_to(place: Place) -> None:
    place.put(event(1))
    with place.daemon() as daemon:
        with running(daemon) as (future, port):
            eventually(lambda: "A group was deleted" in place.terminal.getvalue())
            assert page(port, "/healthz") == (200, "ok\n")
            assert page(port, "/readyz") == (200, "ok\n")
            eventually(
                lambda: 'deliveries_total{destination="terminal",outcome="sent"} 2.0' in page(port, "/metrics")[1]
            )
        assert future.result(timeout=20) == 0
        assert states(daemon) == [ObjectState.DONE]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # its thread ends by a fault
def test_the_end_of_its_pages_fails_the_probes_and_the_watchdog(place: Place) -> None:
    def end() -> StoreGauges:
        from_thread.run_sync(lambda: asyncio.get_running_loop().stop())  # no lesser fault brings the server down
        return StoreGauges()

    with place.daemon() as daemon, running(daemon) as (_, port):
        assert page(port, "/healthz") == (200, "ok\n")
        daemon.shared.metrics.watch_store(end)
        with suppress(OSError):
            page(port, "/metrics")  # whatever it may answer
        eventually(daemon.shared.health.ailments)
        assert daemon.shared.health.ailments() == ["the HTTP server has ended"]
        with pytest.raises(urllib.error.URLError, match="refused"):
            page(port, "/healthz")


def test_an_address_that_is_taken_ends_it_before_anything_is_polled(place: Place) -> None:
    with bind(("127.0.0.1", 0)) as taken, place.daemon() as daemon, pytest.raises(ConfigError, match="cannot listen"):
        run_until_stopped(daemon, listen=taken.getsockname())


def test_log_files_wait_until_there_are_rules_to_evaluate_them_by(place: Place) -> None:
    rule = place.folder / "rules/rule.yml"
    rule.unlink()
    place.put(event(1))
    with place.daemon() as daemon, running(daemon) as (_, port):
        eventually(lambda: "log files wait until there is one" in place.terminal.getvalue())
        eventually(lambda: states(daemon) == [ObjectState.PENDING])
        assert page(port, "/readyz") == (503, "waiting: rules loaded\n")

        place.write_rule(rule_text())
        daemon.rules.reload()
        eventually(lambda: "A group was deleted" in place.terminal.getvalue())
        assert page(port, "/readyz")[0] == 200


def test_a_fault_of_ours_in_a_loop_is_told_and_the_loop_goes_on(place: Place) -> None:
    class Away(Standing):
        def get(self, obj: LogObject) -> bytes:
            raise SourceUnavailable("no answer", reason=EnvironmentReason.UNREACHABLE)

    def broken() -> float:
        raise ZeroDivisionError

    place.put(event(1))
    with place.daemon(source=Away, jitter=broken) as daemon, running(daemon) as (_, port):
        store = daemon.shared.store
        eventually(lambda: "A fault in the program" in str(store.list_alerts(now=NOON, with_notices=True)))
        assert f'reason="crashed",source="file:{place.folder}/bucket"}} 0.0' not in page(port, "/metrics")[1]
        assert page(port, "/healthz")[0] == 200


class Hanging(Standing):
    """A source whose reads do not come back until they are let go."""

    def __init__(self, config: object, **options: object) -> None:
        super().__init__(config, **options)
        self.reading, self.let_go = threading.Event(), threading.Event()

    def get(self, obj: LogObject) -> bytes:
        self.reading.set()
        assert self.let_go.wait(60)
        return super().get(obj)


def test_a_read_that_hangs_does_not_hold_up_the_end_and_its_object_stays_pending(place: Place) -> None:
    place.put(event(1))
    made: list[Hanging] = []

    def hanging(config: object, **options: object) -> Hanging:
        made.append(Hanging(config, **options))
        return made[0]

    with place.daemon(source=hanging) as daemon:
        try:
            with running(daemon) as (future, _):
                assert made[0].reading.wait(20)
                daemon.stopping.set()
                started = time.monotonic()
                assert future.result(timeout=20) == 0
            assert time.monotonic() - started < 6
            assert states(daemon) == [ObjectState.PENDING]
        finally:
            made[0].let_go.set()


class Slow:
    """A destination that takes its time; it tells when a message has begun and waits to be let go."""

    name = "terminal"

    def __init__(self) -> None:
        self.sending, self.let_go, self.taken = threading.Event(), threading.Event(), 0

    def send(self, parcel: Parcel) -> SendOutcome:
        self.sending.set()
        assert self.let_go.wait(60)
        self.taken += 1
        return Sent()


def test_a_message_under_way_at_the_end_is_settled_and_no_other_is_begun(place: Place) -> None:
    place.put(event(1), event(2, userIdentity={"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}))
    slow = Slow()
    with place.daemon(notifier=lambda config: slow) as daemon:
        with running(daemon) as (future, _):
            assert slow.sending.wait(20)
            eventually(lambda: states(daemon) == [ObjectState.DONE])
            daemon.stopping.set()
            assert daemon.outbox_closed.wait(20)  # the time to flush is over
            slow.let_go.set()
            assert future.result(timeout=20) == 0
        owed = daemon.shared.store.counts().destinations["terminal"].pending
        assert (slow.taken, owed) == (1, 2)
