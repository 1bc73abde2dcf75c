"""Alerts on a terminal or in a container's output: readable, coloured where that is a terminal, and harmless.

Every value goes through `printable`, so an event cannot move the cursor, change the title or hide a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.text import Text

from daemon.model import Alert, DeliveryKind, Level, Previous, Retry, SendOutcome, Sent
from daemon.model.daily import digest_in
from daemon.notify.answers import RetryReason
from daemon.notify.attack import techniques
from daemon.notify.correlated import revision_text
from daemon.notify.daily import digest_lines
from daemon.notify.facts import duration_text, facts_of, when_text
from daemon.notify.flood import flood_lines
from daemon.notify.growth import again_text, console_line, growth_lines, has_grown
from daemon.notify.notice import notice_text
from daemon.notify.opening import shown_lines
from daemon.notify.remarks import remarks_of
from daemon.notify.sentence import summary_of
from daemon.ports import Parcel
from daemon.trail.printable import printable

_STYLES = {
    Level.CRITICAL: "bold white on red",
    Level.HIGH: "bold red",
    Level.MEDIUM: "bold yellow",
    Level.LOW: "bold blue",
    Level.INFORMATIONAL: "bold",
}
_VALUE_LIMIT = 300
_FIELDS = 12
_DIGEST_LINE = 500
_GROWTH_LIMIT = 900
_LABEL_WIDTH = 12


class ConsoleNotifier:
    """Writes alerts to a stream. `is_terminal` forces or forbids colour; None asks the stream."""

    def __init__(self, *, name: str, stream: TextIO, is_terminal: bool | None = None) -> None:
        self._name = name
        self._stream = stream
        self._is_terminal = stream.isatty() if is_terminal is None else is_terminal

    @property
    def name(self) -> str:
        """The destination's name in the configuration."""
        return self._name

    def send(self, parcel: Parcel) -> SendOutcome:
        """Write a parcel in one piece; a stream that is closed or full is tried again."""
        try:
            self._stream.write(_encodable(self._render(parcel), self._stream.encoding or "utf-8"))
            self._stream.flush()
        except (OSError, ValueError):  # a closed pipe, a full disk behind a redirection
            return Retry(reason=RetryReason.UNWRITABLE)
        return Sent()

    def _render(self, parcel: Parcel) -> str:
        # Into memory first: rich ends the process when the stream's reader is gone.
        console = Console(
            file=StringIO(),
            force_terminal=self._is_terminal,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=True,
        )
        with console.capture() as captured:
            for line in parcel_lines(parcel):
                console.print(line)
        return captured.get()


def _encodable(text: str, encoding: str) -> str:
    """The text as far as the stream's encoding knows it: an ASCII terminal must not cost an alert."""
    return text.encode(encoding, "replace").decode(encoding)


def parcel_lines(parcel: Parcel) -> Iterator[Text]:
    """A parcel as styled lines, an empty one behind it."""
    if not parcel.alerts:
        return
    alert = parcel.alerts[0]
    kind = parcel.delivery.kind
    if kind is DeliveryKind.UPDATE and not has_grown(alert, parcel.delivery.since):
        return  # a message would say something else now; here there is none to be changed
    if kind is DeliveryKind.UPDATE or (kind is DeliveryKind.REPLY and not alert.revised):
        yield _line("Grown", f"{printable(alert.title, limit=200)}: {_growth(parcel)}", limit=1_300)
        return
    for remark in remarks_of(parcel.delivery):
        yield _line("Remark", remark)
    if kind is DeliveryKind.BROADCAST:
        yield _heading(alert.level, alert.title, remark=f"  {_growth(parcel)}")
        return
    if kind is DeliveryKind.SUMMARY:
        yield from _flood(parcel)
    elif kind is DeliveryKind.DETAILS:
        yield from _details(alert)
    elif kind is DeliveryKind.REPLY and alert.revised:
        yield _line("Alert", f"{alert.id}: {revision_text(alert)}")
    elif alert.is_notice:
        yield from _notice(alert)
    else:
        yield from _alert(alert, parcel.previous)
    yield Text("")


def _alert(alert: Alert, previous: Previous | None) -> Iterator[Text]:
    late = f"  late: {duration_text(alert.opened_at - alert.first_at)} old" if alert.is_late else ""
    yield _heading(alert.level, alert.title, remark=late)
    yield _line("", summary_of(alert), limit=500)
    for fact in facts_of(alert):
        yield _line(fact.label, " · ".join(printable(value, limit=_VALUE_LIMIT) for value in fact.values), limit=1_000)
    yield _line("When", when_text(alert))
    if alert.count > 1:
        yield _line("How often", f"{alert.count} events")
    for label, told in growth_lines(alert):
        yield _line(label, told, limit=600)
    if previous:
        yield _line("Again", again_text(previous))
    yield from _matched(alert)
    found = techniques(alert.facts.tags)
    if found:
        yield _line("Techniques", ", ".join(technique.id for technique in found))
    if alert.facts.runbook:
        yield _line("Runbook", alert.facts.runbook)
    yield _line("Rule", alert.rule_id)
    if alert.samples:
        yield _line("Event", alert.samples[0].event_id)
        yield _line("Log file", alert.samples[0].object_url, limit=1_200)
    yield _line("Alert", alert.id)


def _growth(parcel: Parcel) -> str:
    alert = parcel.alerts[0]
    told = printable(console_line(alert, parcel.delivery), limit=_GROWTH_LIMIT)
    return f"{told}  (alert {alert.id})"


def _matched(alert: Alert) -> Iterator[Text]:
    label = "Events" if alert.facts.correlation else "Matched"
    for number, shown in enumerate(shown_lines(alert, rows=_FIELDS)):
        yield _line(label if number == 0 else " ", shown)


def _details(alert: Alert) -> Iterator[Text]:
    yield _line("Details", f"alert {alert.id}")
    yield from _matched(alert)


def _notice(alert: Alert) -> Iterator[Text]:
    digest = digest_in(alert)
    if digest is not None:
        yield _heading(alert.level, alert.title)
        for line in digest_lines(digest):
            yield Text(f"  {printable(line, limit=_DIGEST_LINE)}")
        return
    yield _heading(alert.level, f"Trailwarden: {alert.title}")
    yield _line("", notice_text(alert), limit=2_500)


def _flood(parcel: Parcel) -> Iterator[Text]:
    heading, *lines = flood_lines(parcel.alerts, rows=20, gathers=parcel.delivery.gathers)
    yield _heading(max((alert.level for alert in parcel.alerts), key=lambda level: level.rank), heading)
    for line in lines:
        yield _line("", line)


def _heading(level: Level, title: str, *, remark: str = "") -> Text:
    return Text.assemble(
        (f" {level.upper()} ", _STYLES[level]),
        " ",
        (printable(title, limit=200), "bold"),
        printable(remark, limit=1_000),
    )


def _line(label: str, value: str, *, limit: int = _VALUE_LIMIT) -> Text:
    shown = printable(label, limit=60).lower().ljust(_LABEL_WIDTH)
    return (
        Text.assemble("  ", (shown, "dim"), printable(value, limit=limit))
        if label
        else Text(f"  {printable(value, limit=limit)}")
    )
