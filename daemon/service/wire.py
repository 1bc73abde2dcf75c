"""Messages between the daemon and the processes that evaluate: pickles over a socket, each after its length.

What both sides have is sent as a reference: rules, correlations, and the log file that a result is about.
"""

from __future__ import annotations

import io
import pickle
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.config import LogConfig, SourceConfig
from daemon.detect.ruleset import RuleSet
from daemon.errors import EnvironmentReason, SourceUnavailable
from daemon.model import Correlation, LogObject, Rule
from daemon.ports import LedgerRow
from daemon.service.evaluating import Outcome

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """The first message to a process; `sources` are by the names that ledger rows have."""

    log: LogConfig
    sources: Mapping[str, SourceConfig]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Evaluate by these from now on."""

    rules: tuple[Rule, ...]
    correlations: tuple[Correlation, ...]
    digest: str


Tasks = list[tuple[int, LedgerRow]]  # log files to be evaluated in this order, each with a number for its answer
Message = SetUp | Rules | Tasks


class Ended(Exception):
    """The other side is gone."""


class Wire:
    """One side of a socket. One thread may read while another writes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = bytearray()

    def fileno(self) -> int:
        """For selectors."""
        return self._connection.fileno()

    def send(self, message: bytes) -> None:
        """Send it whole. Raises Ended, also when the other side reads nothing for the socket's time-out."""
        try:
            self._connection.sendall(_LENGTH.pack(len(message)) + message)
        except OSError as fault:
            raise Ended from fault

    def receive(self) -> list[bytes]:
        """Wait for something to come, and give the messages that are whole by then. Raises Ended."""
        try:
            piece = self._connection.recv(_PIECE)
        except OSError as fault:
            raise Ended from fault
        if not piece:
            raise Ended
        self._received += piece
        return list(self._whole())

    def _whole(self) -> list[bytes]:
        found, at = [], 0
        while len(self._received) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._received, at)
            end = at + _LENGTH.size + length
            if len(self._received) < end:
                break
            found.append(bytes(self._received[at + _LENGTH.size : end]))
            at = end
        del self._received[:at]
        return found

    def close(self) -> None:
        """The other side will find it ended."""
        self._connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of the task of this number, and the requests to AWS, by operation, since the last answer."""

    number: int
    outcome: Outcome
    requests: Mapping[str, int]


def write_answer(answer: Answer, references: Mapping[int, int]) -> bytes:
    """As bytes that the side with the same rule set can read; `references` are those of `number_rules`."""
    outcome = answer.outcome
    told = (str(outcome), outcome.reason.value) if isinstance(outcome, SourceUnavailable) else outcome
    written = io.BytesIO()
    written.write(_LENGTH.pack(answer.number))
    _Writer(written, references).dump((told, dict(answer.requests)))
    return written.getvalue()


def number_of(message: bytes) -> int:
    """The number of an answer's task."""
    return int(_LENGTH.unpack_from(message)[0])


def read_answer(message: bytes, obj: LogObject, heads: Sequence[Rule | Correlation]) -> Answer:
    """From what `write_answer` gave; `obj` is the task's, `heads` are `heads_of` the rule set."""
    with io.BytesIO(message) as written:
        written.seek(_LENGTH.size)
        told, requests = _Reader(written, obj, heads).load()
    if isinstance(told, tuple):
        told = SourceUnavailable(told[0], reason=EnvironmentReason(told[1]))
    return Answer(number=number_of(message), outcome=told, requests=requests)


def heads_of(ruleset: RuleSet) -> tuple[Rule | Correlation, ...]:
    """What is sent as a reference: the same on both sides, in this order."""
    return (*ruleset.rules, *ruleset.correlations)


def number_rules(ruleset: RuleSet) -> dict[int, int]:
    """The number of each of them by its identity."""
    return {id(head): number for number, head in enumerate(heads_of(ruleset))}


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, references: Mapping[int, int]) -> None:
        super().__init__(file, protocol=5)
        self._references = references

    def persistent_id(self, obj: Any) -> int | None:
        kind = type(obj)
        if kind is LogObject:
            return -1
        return self._references.get(id(obj)) if kind is Rule or kind is Correlation else None


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, obj: LogObject, heads: Sequence[Rule | Correlation]) -> None:
        super().__init__(file)
        self._object = obj
        self._heads = heads

    def persistent_load(self, pid: int) -> LogObject | Rule | Correlation:
        return self._object if pid < 0 else self._heads[pid]
