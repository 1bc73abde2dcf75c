"""One process that evaluates, as the daemon sees it: what it was given, since when it is at it, and how it ended."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from daemon.detect.ruleset import RuleSet
from daemon.ports import LedgerRow
from daemon.service.evaluator import OUT_OF_MEMORY, READY, STOPS
from daemon.service.wire import Answer, Ended, SetUp, Wire, heads_of, number_of, read_answer

COMMAND = (sys.executable, "-P", "-m", "daemon.service.evaluator")
_UNREAD_S = 60.0  # a process that takes nothing in for so long is gone for us
_STARTED_WITHIN_S = 300.0
_END_WITHIN_S = 2.0
_OOM_KILLS = Path("/sys/fs/cgroup/memory.events")


class EndReason(StrEnum):
    """How a process ended before its time."""

    OUT_OF_MEMORY = "out_of_memory"
    KILLED = "killed"  # by somebody, or by the kernel where it does not say
    CRASHED = "crashed"
    OVERDUE = "overdue"  # an object took too long
    NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A task that was handed out, and by which rules it is done."""

    number: int
    row: LedgerRow
    ruleset: RuleSet


class Member:
    """A process, started when this is made. Raises OSError where no further one may be."""

    def __init__(self, set_up: SetUp, *, command: Sequence[str] = COMMAND) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # What this process finds to import, the other shall find too. A group of its own: what a terminal or an
            # orchestrator sends to the whole group is for the daemon.
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            # Until it heeds no signal to stop by itself.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
            try:
                self._process = subprocess.Popen(  # noqa: S603 (our own module)
                    [*command, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env=environment,
                    pass_fds=[theirs.fileno()],
                    process_group=0,
                )
            except BaseException:
                ours.close()
                raise
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        ours.settimeout(_UNREAD_S)
        self.wire = Wire(ours)
        self.is_ready = False
        self._given: dict[int, Given] = {}
        self._digest: str | None = None
        self._since_s = time.monotonic()
        self._is_overdue = False
        self._oom_kills = _count_oom_kills()
        with suppress(Ended):  # it will be found ended
            self.wire.send(pickle.dumps(set_up))

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def tasks(self) -> int:
        """How many it has not answered."""
        return len(self._given)

    @property
    def bytes_asked(self) -> int:
        """How much these will make it read."""
        return sum(given.row.object.size for given in self._given.values())

    def is_at_any(self, row_ids: Set[int]) -> bool:
        """Whether it has one of these."""
        return any(given.row.row_id in row_ids for given in self._given.values()) if row_ids else False

    def give(self, tasks: Sequence[Given], *, rules: bytes) -> None:
        """Hand these out, all by one rule set; `rules` is its message, for a process that has another. Raises Ended."""
        digest = tasks[0].ruleset.digest
        if self._digest != digest:
            self.wire.send(rules)
            self._digest = digest
        self.wire.send(pickle.dumps([(given.number, given.row) for given in tasks], protocol=5))
        if not self._given:
            self._since_s = time.monotonic()
        self._given |= {given.number: given for given in tasks}

    def answers(self) -> list[tuple[Given, Answer]]:
        """What it has answered, once it has something to read. Raises Ended."""
        found = []
        for message in self.wire.receive():
            self._since_s = time.monotonic()
            if message == READY:
                self.is_ready = True
                continue
            given = self._given.pop(number_of(message))
            found.append((given, read_answer(message, given.row.object, heads_of(given.ruleset))))
        return found

    def end_if_overdue(self, *, longest_s: float) -> None:
        """End it if what it is at takes longer than this, or its start far too long; it is then found ended."""
        is_at_something = bool(self._given) or not self.is_ready
        if is_at_something and time.monotonic() - self._since_s > (longest_s if self.is_ready else _STARTED_WITHIN_S):
            self._is_overdue = True
            self._process.kill()

    def bury(self) -> tuple[EndReason, list[Given]]:
        """Once it ended: how, and what it has left unanswered, that which it was at before the rest."""
        self.wire.close()
        try:
            code = self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return self._reason(code), list(self._given.values())

    def _reason(self, code: int) -> EndReason:
        if self._is_overdue and self._given:
            return EndReason.OVERDUE
        if not self.is_ready:  # for whatever reason: the next start waits
            return EndReason.NOT_STARTED
        if code == OUT_OF_MEMORY or (code == -signal.SIGKILL and _count_oom_kills() > self._oom_kills):
            return EndReason.OUT_OF_MEMORY
        return EndReason.KILLED if code == -signal.SIGKILL else EndReason.CRASHED


def _count_oom_kills() -> int:
    """How often the kernel ended something in our container for want of memory; 0 where it does not say."""
    with suppress(OSError, ValueError):
        for line in _OOM_KILLS.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0
