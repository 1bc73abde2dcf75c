"""Shows on a terminal how far a long reading is. Off a terminal it shows nothing, so that logs stay clean."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_INTERVAL_S = 0.1  # the eye sees no more, and drawing costs more than reading a small file


@contextmanager
def reading_progress(console: Console) -> Iterator[Callable[[int, int, int, int], None]]:
    """Give a function that takes (objects, events, matches, bytes) so far, as often as the caller likes."""
    if not console.is_terminal:
        yield _nothing
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("reading"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bar:
        yield _Throttled(bar, bar.add_task("reading", total=None, told=""))


def _nothing(objects: int, events: int, matches: int, size: int) -> None:
    """No terminal, nothing to show."""


class _Throttled:
    """Hands on to the bar at most every tenth of a second."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task
        self._next_s = 0.0

    def __call__(self, objects: int, events: int, matches: int, size: int) -> None:
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + _INTERVAL_S
        told = f"{objects:,} files, {decimal(size)}, {events:,} events, {matches:,} matches"
        self._bar.update(self._task, told=told)
