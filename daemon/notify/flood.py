"""One message for many alerts: what a flood held back. Each of them stays an alert of its own in the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from daemon.model import Alert, Gathering, Level, TraitKind
from daemon.notify.blocks import Block, context, preformatted, rich_text, section, text
from daemon.notify.escape import escape
from daemon.notify.message import COLORS, EMOJI, PLAIN_LIMIT, TEXT_LIMIT, Message, Room, bare_text, fitted, metadata_of
from daemon.notify.sentence import summary_of
from daemon.trail.printable import printable

_REMARKS = {
    Gathering.FLOOD: "Many alerts opened within a minute, so these come as one message.",
    Gathering.BACKLOG: "Late: many alerts opened about old events, so these come as one message.",
    Gathering.QUIET: "These alerts opened in quiet hours and were held until their end.",
}
_EACH = "Each of them: trailwarden alerts list"
_SENTENCE = 160
_TABLE_ROWS = 15  # of rules and accounts; the rest is added up
_LINES_A_ROOM = 2  # a room's `fields` are rows of one event; a summary has nothing else to show
_MOST_FIELDS = 12  # of the widest room
_WIDEST = 60  # of a rule's title in the table


def flood_message(alerts: Sequence[Alert], gathers: Gathering | None = None) -> Message:
    """Tell the alerts that were held, gravest first, and why they come together. `alerts` holds one at least."""
    ordered, why = _gravest_first(alerts), gathers or Gathering.FLOOD
    heading, *lines = flood_lines(alerts, rows=15, gathers=why)
    return Message(
        text=escape(heading, limit=TEXT_LIMIT),
        plain="\n".join([heading, *(escape(line, limit=150) for line in lines)])[:PLAIN_LIMIT],
        bare=bare_text(heading, command="trailwarden alerts list"),
        headline=(rich_text(section([text(f"{EMOJI[ordered[0].level]} {heading}", limit=150, is_bold=True)])),),
        body=fitted(lambda room: _body(ordered, room, why), taken=400),
        color=COLORS[ordered[0].level],
        metadata=metadata_of(ordered[0], kind="summary"),
    )


def flood_lines(alerts: Sequence[Alert], *, rows: int, gathers: Gathering | None = None) -> list[str]:
    """A heading, the table, and a line for each of the gravest alerts, at most `rows` of them."""
    return [_heading(alerts, gathers), *flood_table(alerts), *_gravest(alerts, rows=rows, gathers=gathers)]


def flood_table(alerts: Sequence[Alert], *, rows: int = _TABLE_ROWS) -> list[str]:
    """How many alerts by rule and account, gravest and most first; the last line adds up what is not shown."""
    counts = Counter((alert.level, _cell(alert.title), account_of(alert)) for alert in alerts)
    ordered = sorted(counts.items(), key=lambda item: (-item[0][0].rank, -item[1], item[0][1:]))
    shown = [(str(count), level.value, account, title) for (level, title, account), count in ordered[:rows]]
    table = _aligned([("alerts", "level", "account", "rule"), *shown])
    left = ordered[rows:]
    return [*table, f"{sum(count for _, count in left)} in {len(left)} more rows"] if left else table


def account_of(alert: Alert) -> str:
    """The account that an alert is about; `several` where its events are of more than one, `-` where nobody knows."""
    known = dict(alert.group).get("recipientAccountId", "")
    accounts = {trait.value for trait in alert.traits if trait.kind is TraitKind.ACCOUNT}
    accounts |= {sample.account for sample in alert.samples if sample.account} | ({known} if known else set())
    return "several" if len(accounts) > 1 else printable(next(iter(accounts), "-"), limit=20)


def _aligned(table: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    return [
        f"{number.rjust(widths[0])}  {level.ljust(widths[1])}  {account.ljust(widths[2])}  {title}"
        for number, level, account, title in table
    ]


def _cell(title: str) -> str:
    return printable(title, limit=_WIDEST)


def _heading(alerts: Sequence[Alert], gathers: Gathering | None) -> str:
    return f"{len(alerts)} {_noun(gathers, len(alerts))}: {_levels(alerts)}"


def _gravest(alerts: Sequence[Alert], *, rows: int, gathers: Gathering | None) -> list[str]:
    ordered = _gravest_first(alerts)
    left = len(ordered) - rows
    more = [f"and {left} more"] if left > 0 else []
    return [
        *(_line(alert, is_dated=gathers in (Gathering.BACKLOG, Gathering.QUIET)) for alert in ordered[:rows]),
        *more,
    ]


def _noun(gathers: Gathering | None, count: int) -> str:
    alerts = "alert" if count == 1 else "alerts"
    match gathers:
        case Gathering.BACKLOG:
            return f"late {alerts}"
        case Gathering.QUIET:
            return f"{alerts} in quiet hours"
    return f"more {alerts}"


def _gravest_first(alerts: Sequence[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (-alert.level.rank, alert.opened_at))


def _levels(alerts: Sequence[Alert]) -> str:
    counts = Counter(alert.level for alert in alerts)
    return ", ".join(f"{counts[level]} {level.value}" for level in reversed(Level) if counts[level])


def _body(alerts: Sequence[Alert], room: Room, why: Gathering) -> tuple[Block, ...]:
    table = flood_table(alerts, rows=max(_TABLE_ROWS * room.fields // _MOST_FIELDS, 3))
    lines = _gravest(alerts, rows=room.fields * _LINES_A_ROOM, gathers=why)
    return (
        rich_text(preformatted(table, limit=200), preformatted(lines, limit=min(room.value, 200))),
        context([f"{_REMARKS[why]} {_EACH}"], limit=200),
    )


def _line(alert: Alert, *, is_dated: bool) -> str:
    at = f"{alert.first_at:%Y-%m-%d %H:%M}" if is_dated else f"{alert.first_at:%H:%M:%S}"
    return f"{alert.level.upper()} {at} UTC {summary_of(alert, limit=_SENTENCE)}"
