from __future__ import annotations

import io
import json

from rich.console import Console

from daemon.commands.replay.judge import ReadInPart
from daemon.commands.replay.output import Summary
from daemon.commands.replay.progress import reading_progress
from daemon.commands.replay.told import Told
from daemon.sources.inputs.found import NotRead, PassedOver

SUMMARY = Summary(objects=2, events=3_000, rejects=0, matches=1, bytes=4, seconds=0.5)


def console(*, is_terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=is_terminal, width=100)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_first_twenty_of_each_kind_are_named_and_the_rest_are_counted() -> None:
    out = console(is_terminal=False)
    told = Told(out)
    for number in range(25):
        told.hear(PassedOver(url=f"file:/{number}.png", reason="not named like a log"))
    told.hear(NotRead(url="file:/a.json", reason="truncated"))
    told.hear(ReadInPart(url="file:/b.json", reason="truncated"))
    told.end(SUMMARY)
    lines = said(out).splitlines()
    assert sum(line.startswith("passed over: file:") for line in lines) == 20
    assert {"not read: file:/a.json: truncated", "read in part: file:/b.json: truncated"} <= set(lines)
    assert "passed over: 25 in all, 5 of them not named here" in lines
    assert json.loads(lines[-1])["events"] == 3_000


def test_long_lines_are_never_broken_where_programs_read_them() -> None:
    out = console(is_terminal=False)
    Told(out).hear(NotRead(url="file:/" + "a" * 500, reason="[bold]why[/bold]"))
    assert said(out).splitlines() == ["not read: file:/" + "a" * 500 + ": [bold]why[/bold]"]


def test_on_a_terminal_the_summary_is_a_table_for_people() -> None:
    out = console(is_terminal=True)
    Told(out).end(SUMMARY)
    assert "6,000 events/s" in said(out)


def test_progress_shows_on_a_terminal_how_far_it_is() -> None:
    out = console(is_terminal=True)
    with reading_progress(out) as show:
        for number in range(1, 100):
            show(number, 7, 1, 2_000_000)
    assert "2.0 MB, 7 events, 1 matches" in said(out)


def test_progress_says_nothing_off_a_terminal() -> None:
    out = console(is_terminal=False)
    with reading_progress(out) as show:
        show(1, 2, 3, 4)
    assert said(out) == ""
