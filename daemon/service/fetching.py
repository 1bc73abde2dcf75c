"""Reads objects ahead of their evaluation: a few at once, in order, within a bound of bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass

from daemon.model import LogObject
from daemon.ports import LedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A row with its bytes, or with the fault that reading it met."""

    row: LedgerRow
    data: bytes = b""
    fault: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """How much is read ahead: so many objects, and bytes unless it is a single object.

    After `patience_s` without the next object the reader says so, so that nobody has to wait with it.
    """

    objects: int
    bytes: int
    patience_s: float


_UNKNOWN_BYTES = 8 << 20  # what is reckoned for an object whose size nobody has told, as some messages of queues do


def weight(obj: LogObject) -> int:
    """How many bytes an object will take, as far as is known before it is read."""
    return obj.size or _UNKNOWN_BYTES


def fetch_ahead(
    rows: Sequence[LedgerRow], get: Callable[[LogObject], bytes], *, pool: Executor, ahead: Ahead
) -> Generator[Fetched | None, None, None]:
    """Yield the rows in order with their bytes, and None each time that the next one lets itself be waited for."""
    begun: deque[tuple[LedgerRow, Future[bytes]]] = deque()
    waiting = deque(rows)
    held = 0
    try:
        while waiting or begun:
            while (
                waiting
                and len(begun) < ahead.objects
                and (not begun or held + weight(waiting[0].object) <= ahead.bytes)
            ):
                row = waiting.popleft()
                held += weight(row.object)
                begun.append((row, pool.submit(get, row.object)))
            row, future = begun[0]
            if wait([future], timeout=ahead.patience_s).not_done:
                yield None
                continue
            begun.popleft()
            held -= weight(row.object)
            yield result(row, future)
    finally:
        for _, future in begun:
            future.cancel()


def result(row: LedgerRow, future: Future[bytes]) -> Fetched:
    """The bytes, or the fault that reading met; waits for it."""
    try:
        return Fetched(row=row, data=future.result())
    except Exception as fault:  # whatever it is, it belongs to this object alone
        return Fetched(row=row, fault=fault)
