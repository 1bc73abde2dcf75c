"""Reads objects ahead of their evaluation: a few at once, in order, within a bound of bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from daemon.model import LogObject
from daemon.ports import LedgerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A row with its bytes, or with the fault that reading it met."""

    row: LedgerRow
    data: bytes = b""
    fault: Exception | None = None


def fetch_ahead(
    rows: Sequence[LedgerRow],
    get: Callable[[LogObject], bytes],
    *,
    pool: Executor,
    max_ahead: int,
    max_bytes: int,
) -> Generator[Fetched, None, None]:
    """Yield the rows in order with their bytes; what is read ahead stays under `max_bytes`, or is one object."""
    ahead: deque[tuple[LedgerRow, Future[bytes]]] = deque()
    waiting = deque(rows)
    held = 0
    try:
        while waiting or ahead:
            while waiting and len(ahead) < max_ahead and (not ahead or held + waiting[0].object.size <= max_bytes):
                row = waiting.popleft()
                held += row.object.size
                ahead.append((row, pool.submit(get, row.object)))
            row, future = ahead.popleft()
            held -= row.object.size
            yield _result(row, future)
    finally:
        for _, future in ahead:
            future.cancel()


def _result(row: LedgerRow, future: Future[bytes]) -> Fetched:
    try:
        return Fetched(row=row, data=future.result())
    except Exception as fault:  # whatever it is, it belongs to this object alone
        return Fetched(row=row, fault=fault)
