"""What a backtest says on standard error: what was not read and what was passed over by name, and the summary last."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from daemon.commands.replay.judge import ReadInPart, Said
from daemon.commands.replay.output import Summary
from daemon.sources.inputs.found import NotRead, PassedOver
from daemon.trail.printable import printable

_NAMED = 20  # of each kind: a folder of photographs must not bury the one log that is broken
_LINE_CHARS = 2_000
_KINDS: dict[type[Said], str] = {NotRead: "not read", ReadInPart: "read in part", PassedOver: "passed over"}


class Told:
    """Names the first of each kind as they come, and counts the rest."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._counts: Counter[str] = Counter()

    def say(self, text: str) -> None:
        """One line, harmless whatever stands in it."""
        self._console.print(printable(text, limit=_LINE_CHARS), markup=False, highlight=False, soft_wrap=True)

    def hear(self, told: Said) -> None:
        """Something was not evaluated, or not all of it."""
        kind = _KINDS[type(told)]
        self._counts[kind] += 1
        if self._counts[kind] <= _NAMED:
            self.say(f"{kind}: {told.url}: {told.reason}")

    def end(self, summary: Summary) -> None:
        """The rest of the counts, and the summary: a table on a terminal, else a line of JSON, the last one."""
        for kind, count in self._counts.items():
            if count > _NAMED:
                self.say(f"{kind}: {count} in all, {count - _NAMED} of them not named here")
        if self._console.is_terminal:
            self._console.print(_as_table(summary))
        else:
            self.say(summary.as_json())


def _as_table(summary: Summary) -> Table:
    speed = f"{summary.events / summary.seconds:,.0f} events/s" if summary.seconds else ""
    table = Table(box=None, show_header=False)
    for name, value in (
        ("files", f"{summary.objects:,}"),
        ("events", f"{summary.events:,}"),
        ("rejected records", f"{summary.rejects:,}"),
        ("matches", f"{summary.matches:,}"),
        ("compressed bytes", f"{summary.bytes:,}"),
        ("seconds", f"{summary.seconds:,.2f}  {speed}"),
    ):
        table.add_row(name, value)
    return table
