"""Reads log files ahead of the one at work, in order: a bucket answers in tens of milliseconds, the CPU is free."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from daemon.sources.inputs.found import Found, Readable

THREADS = 8
MAX_AHEAD = 32
MAX_BYTES_AHEAD = 64 * 2**20  # files of 50 MB exist: the memory is bounded by bytes, not by their number


def read_ahead(found: Iterator[Found]) -> Generator[Found, None, None]:
    """The same stream, each file's `read` already under way. Close the iterator to let the threads go."""
    pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="read-ahead")
    try:
        yield from _ahead(found, pool)
    except BaseException:  # who interrupts does not want to wait for a bucket
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown(wait=False)


def _ahead(found: Iterator[Found], pool: ThreadPoolExecutor) -> Iterator[Found]:
    waiting: deque[Found] = deque()
    ahead_bytes = 0
    for each in found:
        if isinstance(each, Readable):
            ahead_bytes += each.object.size
            each = replace(each, read=pool.submit(each.read).result)
        waiting.append(each)
        while len(waiting) > MAX_AHEAD or (ahead_bytes > MAX_BYTES_AHEAD and len(waiting) > 1):
            ahead_bytes -= _size(waiting[0])
            yield waiting.popleft()
    yield from waiting


def _size(found: Found) -> int:
    return found.object.size if isinstance(found, Readable) else 0
