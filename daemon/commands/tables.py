"""How every list command prints: a table for people, or JSON for programs (`--format table|json`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from daemon.commands.standard_output import write_text
from daemon.trail.printable import printable

_PIPE_WIDTH = 4_000  # one line a row, for grep
_CELL = 2_000
_LINE = 8_000


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]], *, as_json: bool) -> None:
    """Print rows under their columns on standard output; as JSON, a list with one object a row."""
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    if is_terminal() and not rows:
        write_text("none\n")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(_cell(value), limit=_CELL)) for value in row))
    print_parts([table])


def print_parts(parts: Iterable[RenderableType]) -> None:
    """Print what rich lays out on standard output: coloured and wrapped on a terminal, else plain lines."""
    # Into memory first: rich has ways of its own with a stream that cannot be written.
    width = None if is_terminal() else _PIPE_WIDTH
    console = Console(file=StringIO(), force_terminal=is_terminal(), highlight=False, width=width)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    text = captured.get()
    write_text(text if is_terminal() else "".join(f"{line.rstrip()}\n" for line in text.splitlines()))


def terminal_width() -> int | None:
    """How many columns there are; None where nobody looks on."""
    return Console(file=StringIO(), force_terminal=True).width if is_terminal() else None


def is_terminal() -> bool:
    """Whether a person reads standard output right away."""
    return sys.stdout is not None and sys.stdout.isatty()


def print_json(value: object) -> None:
    """Print a value as JSON on standard output; what a terminal would obey, or could not show, is escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    write_text("".join(map(_escaped, text)) + "\n")


def print_line(text: str, *, is_error: bool = False) -> None:
    """Print one line on standard output or standard error, made safe to show and never wrapped."""
    line = printable(text, limit=_LINE).rstrip() + "\n"
    if is_error:
        sys.stderr.write(line)
    else:
        write_text(line)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _escaped(character: str) -> str:
    """JSON's own escape: nothing unprintable but the line ends of the layout stands outside of strings."""
    return character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
