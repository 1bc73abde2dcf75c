"""A process that fetches, decodes and evaluates log files for the daemon, one after the other. Run as a program.

It reads its tasks from a socket and answers each by itself, so that the daemon knows which one it was at when it dies.
It holds nothing that must not be lost, heeds no signal to stop, and ends with the daemon, however that ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue

import structlog

from daemon.config import SourceConfig
from daemon.detect.ruleset import RuleSet
from daemon.ops.logs import set_up_logging
from daemon.ports import LedgerRow, Source
from daemon.service.clock import utc_now
from daemon.service.evaluating import FETCHERS, outcome_of
from daemon.service.fetching import Fetched, result
from daemon.service.wire import Answer, Ended, Message, Rules, SetUp, Wire, number_rules, write_answer
from daemon.sources.build import build_source

log = structlog.get_logger("trailwarden")

OUT_OF_MEMORY = 71  # exit codes
BROKEN = 70
READY = b"ready"
STOPS = (signal.SIGTERM, signal.SIGINT)
_FIRST_TO_GO = "500"  # of 1000: where memory runs out, the kernel ends this before the daemon

OpenSource = Callable[..., Source]
Asked = Rules | tuple[int, LedgerRow, "Future[bytes]"]


class Requests:
    """Counts requests to AWS, which several threads make."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, operation: str) -> None:
        """One more."""
        with self._lock:
            self._counts[operation] += 1

    def take(self) -> Mapping[str, int]:
        """Those since the last time."""
        if not self._counts:
            return {}
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts


class Sources:
    """The sources by name, each built when it is first asked, with clients of this process's own."""

    def __init__(
        self, configs: Mapping[str, SourceConfig], *, open_source: OpenSource, on_request: Callable[[str], None]
    ) -> None:
        self._configs = configs
        self._open_source = open_source
        self._on_request = on_request
        self._built: dict[str, Source] = {}

    def get(self, row: LedgerRow) -> bytes:
        """As the source's `get`."""
        source = self._built.get(row.source)
        if source is None:
            source = self._built[row.source] = self._open_source(self._configs[row.source], on_request=self._on_request)
        return source.get(row.object)

    def config_of(self, row: LedgerRow) -> SourceConfig:
        """Of the source that an object belongs to."""
        return self._configs[row.source]


def serve(wire: Wire, *, open_source: OpenSource) -> None:
    """Work off what is asked until the other side is gone. Raises Ended, MemoryError."""
    set_up = _set_up(wire)
    set_up_logging(set_up.log)
    requests = Requests()
    sources = Sources(set_up.sources, open_source=open_source, on_request=requests.count)
    asked: SimpleQueue[Asked] = SimpleQueue()
    threading.Thread(target=_listen, args=(wire, asked, sources), name="listen", daemon=True).start()
    wire.send(READY)
    ruleset, references = RuleSet(()), dict[int, int]()
    while True:
        one = asked.get()
        if isinstance(one, Rules):
            ruleset = RuleSet(one.rules, digest=one.digest, correlations=one.correlations)
            references = number_rules(ruleset)
            continue
        number, row, future = one
        outcome = outcome_of(_read_whole(row, future), ruleset, sources.config_of(row))
        wire.send(write_answer(Answer(number=number, outcome=outcome, requests=requests.take()), references))


def _set_up(wire: Wire) -> SetUp:
    messages: list[bytes] = []
    while not messages:
        messages = wire.receive()
    (message,) = map(_read, messages)  # nothing more is sent before it is answered
    assert isinstance(message, SetUp)  # noqa: S101
    return message


def _read_whole(row: LedgerRow, future: Future[bytes]) -> Fetched:
    fetched = result(row, future)
    if isinstance(fetched.fault, MemoryError):
        raise fetched.fault
    return fetched


def _listen(wire: Wire, asked: SimpleQueue[Asked], sources: Sources) -> None:
    """Take in what is asked, and begin to fetch it: how much that is at a time is bounded by who asks."""
    pool = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch")
    with _ending():
        while True:
            for message in map(_read, wire.receive()):
                if isinstance(message, Rules):
                    asked.put(message)
                elif isinstance(message, list):
                    for number, row in message:
                        asked.put((number, row, pool.submit(sources.get, row)))


def _read(message: bytes) -> Message:
    read: Message = pickle.loads(message)  # noqa: S301 (our own parent's)
    return read


class _ending:  # noqa: N801 (reads as a statement)
    """Whatever ends what is inside ends the process at once: the daemon has it all again."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _trace: object) -> None:
        if isinstance(fault, Ended):
            os._exit(0)
        if isinstance(fault, MemoryError):
            os._exit(OUT_OF_MEMORY)
        log.error("a process that evaluates broke", exc_info=fault)
        os._exit(BROKEN)


def _open_source(config: SourceConfig, *, on_request: Callable[[str], None]) -> Source:
    return build_source(config, clock=utc_now, on_request=on_request)


def main(open_source: OpenSource = _open_source) -> None:
    """Serve over the socket whose descriptor is the first argument."""
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)  # the daemon alone heeds them, and tells by closing the socket
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write(_FIRST_TO_GO)
    with _ending():
        serve(Wire(socket.socket(fileno=int(sys.argv[1]))), open_source=open_source)


if __name__ == "__main__":
    main()
