"""Works off many jobs with a few threads: what is asked runs in them, what is done with answers in the caller's."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Job = TypeVar("Job")
Answer = TypeVar("Answer")


def work_off(
    jobs: Iterable[Job],
    ask: Callable[[Job], Answer],
    settle: Callable[[Job, Future[Answer]], Job | None],
    *,
    threads: int,
    is_over: Callable[[], bool],
) -> list[Job]:
    """Ask for every job, `threads` at a time, and settle each answer; a job that settling gives back goes on next.

    No more answers wait than there are threads. Once `is_over`, nothing new is asked; gives the jobs left undone.
    """
    waiting, running = deque(jobs), dict[Future[Answer], Job]()
    with ThreadPoolExecutor(threads, thread_name_prefix="list") as pool:
        while running or (waiting and not is_over()):
            while waiting and len(running) < threads and not is_over():
                job = waiting.popleft()
                running[pool.submit(ask, job)] = job
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                follow = settle(running.pop(future), future)
                if follow is not None:
                    waiting.appendleft(follow)
    return list(waiting)
