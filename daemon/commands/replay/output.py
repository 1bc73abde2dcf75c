"""The matches of a backtest in the formats that `replay` prints. The ndjson line is a contract (docs/replay.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from rich.console import Console
from rich.table import Table

from daemon.model import GroupKey
from daemon.trail.printable import printable

TABLE_ROWS = 1_000  # a table is for reading, and slow to lay out; ndjson has them all
_PIPE_WIDTH = 200
_ROOMY = 130  # columns of a terminal; on a narrower one less is told, and that can be read
_COLUMNS = ("time", "level", "rule", "event", "actor", "account", "region")
_NARROW = ("time", "level", "rule", "actor", "account")
_WHOLE = {"time", "level", "account", "region"}


class Format(StrEnum):
    """How matches are printed."""

    TABLE = "table"
    NDJSON = "ndjson"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One match as it is printed: the first rule that said yes to one event, and the smallest URL that holds it.

    Of a correlation's alert the event that completed its first window, with the group, and the events that made it.
    """

    rule_id: str
    title: str
    level: str
    event_id: str
    time: str
    name: str
    source: str
    account: str
    region: str
    actor: str
    object_url: str
    at: datetime | None = None
    group: GroupKey | None = None
    count: int = 0
    events: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[bool, datetime | None, str, str]:
        """By event time, event id and rule id; unreadable times come last."""
        return self.at is None, self.at, self.event_id, self.rule_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a backtest has read and found; `bytes` compressed, `seconds` from the first bytes to the last match."""

    objects: int
    events: int
    rejects: int
    matches: int
    bytes: int
    seconds: float

    def as_json(self) -> str:
        """One line, keys in the order of the contract."""
        return json.dumps(asdict(self))


def rendered(lines: Iterable[Line], form: Format, *, width: int | None, rows: int = TABLE_ROWS) -> Iterator[bytes]:
    """The whole output, piece by piece; `width` is the terminal's, None when it goes elsewhere; `rows` of a table."""
    match form:
        case Format.NDJSON:
            return (_as_json(line) + b"\n" for line in lines)
        case Format.JSON:
            return _as_array(lines)
        case Format.TABLE:
            return _as_table(lines, width=width, rows=rows)


def _as_json(line: Line) -> bytes:
    tree: dict[str, Any] = {
        "rule": {"id": line.rule_id, "title": line.title, "level": line.level},
        "event": {
            "id": line.event_id,
            "time": line.time,
            "name": line.name,
            "source": line.source,
            "account": line.account,
            "region": line.region,
            "actor": line.actor,
        },
        "object": line.object_url,
    }
    if line.group is not None:
        tree |= {"group": dict(line.group), "count": line.count, "events": list(line.events)}
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    if not text.isprintable():  # half a surrogate pair, a line end that only some know: escaped they do no harm
        text = json.dumps(tree, separators=(",", ":"))
    return text.encode()


def _as_array(lines: Iterable[Line]) -> Iterator[bytes]:
    separator = b"[\n"
    for line in lines:
        yield separator + _as_json(line)
        separator = b",\n"
    yield b"\n]\n" if separator == b",\n" else b"[]\n"


def _as_table(lines: Iterable[Line], *, width: int | None, rows: int) -> Iterator[bytes]:
    remaining = iter(lines)
    head = list(islice(remaining, rows))
    if not head:
        yield b"no matches\n"
        return
    is_narrow = width is not None and width < _ROOMY
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in _NARROW if is_narrow else _COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=width is None or column in _WHOLE)
    for line in head:
        table.add_row(*_cells(line, is_narrow=is_narrow), style=_STYLES.get(line.level, ""))
    console = Console(width=width or _PIPE_WIDTH, force_terminal=width is not None, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    text = captured.get()
    yield "".join(f"{row.rstrip()}\n" for row in text.splitlines()).encode()
    if left := sum(1 for _ in remaining):
        yield f"… and {left} more: --format ndjson has them all\n".encode()


_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow"}


def _cells(line: Line, *, is_narrow: bool) -> list[str]:
    title = line.title if line.group is None else f"{line.title} ({line.count} events)"
    cells = [line.time, line.level, title, line.actor, line.account]
    if not is_narrow:
        cells = [line.time, line.level, title, line.name, line.actor, line.account, line.region]
    return [printable(text, limit=120) for text in cells]
