"""Shows on a terminal how far verifying is: shards done of all, digests and files looked at. Nothing off a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Call `looked` for each digest and file, `done` for each shard, `begin` once their number is known."""

    begin: Callable[[int], None]
    looked: Callable[[], None]
    done: Callable[[], None]


@contextmanager
def verifying_progress(console: Console) -> Iterator[Shown]:
    """What to tell of progress to."""
    columns = (
        TextColumn("verifying"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("shards, {task.fields[looked]:,} digests and files"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("verifying", total=None, looked=0)
        count = 0

        def looked() -> None:
            nonlocal count
            count += 1
            bar.update(task, looked=count)

        yield Shown(
            begin=lambda shards: bar.update(task, total=shards),
            looked=looked,
            done=lambda: bar.advance(task),
        )
